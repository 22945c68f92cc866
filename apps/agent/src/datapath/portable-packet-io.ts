/** The portable way: node:dgram, event by event, and no interface. The same engine, wherever Node runs. */
import { type AddressFamily, type Endpoint, err, ok, parseAddress, type Result } from "@pinhole/protocol/net";
import type { DatapathRefusal, DatapathSocket, SendOptions, SocketId } from "./contract.ts";
import type { CountDrop } from "./drop-reason.ts";
import type { InnerPacket } from "./packet/inner-packet.ts";
import type { DirectVia, PacketIo, PacketSink, ReportError, SocketOpened } from "./packet-io.ts";
import { PortableSocket } from "./portable-socket.ts";
import { TurnClock } from "./turn-clock.ts";

/** setTimeout takes no longer than this, and nothing here is ever so far away. */
const LONGEST_SLEEP_MS = 60_000;

/** The longest there is. */
const DATAGRAM_BYTES = 65_536;

type Options = { readonly port: number; readonly countDrop: CountDrop; readonly report: ReportError };
type Bound = DatapathSocket & { readonly socket: PortableSocket };

export async function openPortablePacketIo(options: Options): Promise<Result<PortablePacketIo, DatapathRefusal>> {
  const v4 = new PortableSocket(4, options.countDrop);
  const bound = await v4.bind(options.port);
  if (!bound.ok) return err(refusal(bound.error, options.port));
  const first: Bound = { id: 0, family: 4, port: bound.value, socket: v4 };
  // One port for both where it is free; a machine without IPv6 has one socket.
  const v6 = new PortableSocket(6, options.countDrop);
  const second = await v6.bind(first.port);
  return ok(
    new PortablePacketIo(options, second.ok ? [first, { id: 1, family: 6, port: second.value, socket: v6 }] : [first]),
  );
}

export class PortablePacketIo implements PacketIo {
  readonly sockets: readonly DatapathSocket[];
  readonly hasInterface = false;
  readonly outgoing = new Uint8Array(DATAGRAM_BYTES);
  readonly clock = new TurnClock();
  readonly #sockets: Map<SocketId, PortableSocket>;
  readonly #countDrop: CountDrop;
  readonly #report: ReportError;
  #placed: { readonly to: DirectVia; readonly length: number } | undefined;
  #sink: PacketSink | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #end: () => void = () => undefined;

  constructor({ countDrop, report }: Options, bound: readonly Bound[]) {
    this.#countDrop = countDrop;
    this.#report = report;
    this.#sockets = new Map(bound.map(({ id, socket }) => [id, socket]));
    this.sockets = bound.map(({ id, family, port }) => ({ id, family, port }));
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array, options: SendOptions = {}): void {
    const from = this.#sockets.get(socket);
    if (from === undefined) this.#countDrop("unknown-socket");
    // Node knows no way to ask for it.
    else if (options.dontFragment !== true) from.send(to, datagram, options.ttl);
  }

  openSocket(id: SocketId, family: AddressFamily, opened: SocketOpened): void {
    this.closeSocket(id);
    const socket = new PortableSocket(family, this.#countDrop);
    this.#sockets.set(id, socket);
    const lost = (): void => {
      // Another may have the id by then.
      if (this.#sockets.get(id) === socket) this.#sockets.delete(id);
      opened(null);
      this.#turn();
    };
    void socket.bind(0).then((bound) => {
      if (!bound.ok) return lost();
      if (this.#sockets.get(id) !== socket) return;
      this.#listen(id, socket, () => {
        socket.close();
        lost();
      });
      opened(bound.value);
      this.#turn();
    });
  }

  closeSocket(id: SocketId): void {
    this.#sockets.get(id)?.close();
    this.#sockets.delete(id);
  }

  widenSocket(id: SocketId): void {
    this.#sockets.get(id)?.widen();
  }

  place(to: DirectVia, length: number): number {
    this.#placed = { to, length };
    return 0;
  }

  take(): void {
    if (this.#placed === undefined) return;
    const { to, length } = this.#placed;
    this.send(to.socket, to.endpoint, this.outgoing.subarray(0, length));
  }

  deliver(_packet: InnerPacket): void {
    this.#countDrop("no-interface");
  }

  run(sink: PacketSink): Promise<void> {
    this.#sink = sink;
    for (const [id, socket] of this.#sockets) {
      this.#listen(id, socket, (error) => this.#report("socket-failed", `A UDP socket failed: ${error.message}`));
    }
    this.#turn();
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The worker hears messages by itself here, and hands them on in this way. */
  wake(): void {
    this.clock.refresh();
    this.#sink?.woken();
    this.#turn();
  }

  stop(): void {
    this.#sink = undefined;
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#end();
  }

  close(): void {
    for (const id of this.#sockets.keys()) this.closeSocket(id);
  }

  #listen(id: SocketId, socket: PortableSocket, onError: (error: Error) => void): void {
    let from = "";
    let via: DirectVia | undefined;
    socket.listen((bytes, { address, port }) => {
      // Nearly all come from where the last one came from.
      if (via === undefined || via.endpoint.port !== port || from !== address) {
        const parsed = parseAddress(address.split("%")[0] ?? "");
        if (!parsed.ok) return;
        via = { socket: id, endpoint: { address: parsed.value, port } };
        from = address;
      }
      this.clock.refresh();
      this.#sink?.datagram(via, bytes);
      // Node hands over those that wait in a row: one turn is for all of them.
      this.#soon ??= setImmediate(() => this.#turn());
    }, onError);
  }

  #turn(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#sink === undefined) return;
    this.clock.refresh();
    const sleepMs = Math.min(Math.max(0, Math.ceil(this.#sink.turn())), LONGEST_SLEEP_MS);
    this.#timer = setTimeout(() => this.#turn(), sleepMs);
  }
}

function refusal(error: NodeJS.ErrnoException, port: number): DatapathRefusal {
  if (error.code === "EADDRINUSE") {
    return { code: "port-taken", words: `UDP port ${port} is taken by another program; choose one with --port.` };
  }
  return { code: "failed", words: `No UDP socket could be opened: ${error.message}` };
}
