/**
 * The portable way: node:dgram, event by event, and an interface where another program can make one for us. The same engine,
 * wherever Node runs.
 */
import type { RemoteInfo } from "node:dgram";
import { type AddressFamily, type Endpoint, err, ok, parseAddress, type Result } from "@pinhole/protocol/net";
import type { DatapathRefusal, DatapathSocket, SendOptions, SocketId } from "./contract.ts";
import type { CountDrop } from "./drop-reason.ts";
import { interfaceDown, interfaceGone } from "./interface-words.ts";
import type { InnerPacket } from "./packet/inner-packet.ts";
import type { DirectVia, PacketIo, PacketSink, ReportError, SocketOpened } from "./packet-io.ts";
import { PortableSocket } from "./portable-socket.ts";
import { openPacketMemory } from "./packet/packet-memory.ts";
import type { PacketViews } from "./packet/packet-views.ts";
import type { VirtioHeader } from "./packet/virtio-header.ts";
import { tunRefusal } from "./loop-refusal.ts";
import { PortableInterface } from "./portable-interface.ts";
import { openTunPump, type TunPump } from "./pump/tun-pump.ts";
import { TurnClock } from "./turn-clock.ts";

/** setTimeout takes no longer than this, and nothing here is ever so far away. */
const LONGEST_SLEEP_MS = 60_000;

/** The longest there is. */
const DATAGRAM_BYTES = 65_536;

/** Of datagrams that are received in a row; when it is full, what they carry is handed over. */
const RECEIVED_BYTES = 65_536;
const ALIGNMENT = 16;

type Options = {
  readonly port: number;
  readonly tunName: string | null;
  readonly countDrop: CountDrop;
  readonly report: ReportError;
};
type Bound = DatapathSocket & { readonly socket: PortableSocket };

export async function openPortablePacketIo(options: Options): Promise<Result<PortablePacketIo, DatapathRefusal>> {
  const v4 = new PortableSocket(4, options.countDrop);
  const bound = await v4.bind(options.port);
  if (!bound.ok) return err(refusal(bound.error, options.port));
  const first: Bound = { id: 0, family: 4, port: bound.value, socket: v4 };
  // One port for both where it is free; a machine without IPv6 has one socket.
  const v6 = new PortableSocket(6, options.countDrop);
  const second = await v6.bind(first.port);
  const sockets: Bound[] = second.ok ? [first, { id: 1, family: 6, port: second.value, socket: v6 }] : [first];
  const pump = options.tunName === null ? ok(undefined) : await openTunPump(options.tunName);
  // Whoever has nothing to run it with goes on as far as it goes.
  if (pump.ok || pump.error === "no-interpreter") {
    return ok(new PortablePacketIo(options, sockets, pump.ok ? pump.value : undefined));
  }
  for (const { socket } of sockets) socket.close();
  return err(tunRefusal(pump.error, options.tunName ?? ""));
}

export class PortablePacketIo implements PacketIo {
  readonly sockets: readonly DatapathSocket[];
  readonly outgoing: Uint8Array;
  readonly pump: TunPump | undefined;
  readonly clock = new TurnClock();
  readonly #received: Uint8Array;
  readonly #views: PacketViews;
  readonly #sockets: Map<SocketId, PortableSocket>;
  readonly #countDrop: CountDrop;
  readonly #report: ReportError;
  #interface: PortableInterface | undefined;
  #receivedBytes = 0;
  #placed: { readonly to: DirectVia; readonly length: number } | undefined;
  #sink: PacketSink | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #end: () => void = () => undefined;
  #link: "up" | "down" | undefined;
  #isHeldBack = false;

  constructor({ countDrop, report }: Options, bound: readonly Bound[], pump: TunPump | undefined) {
    this.#countDrop = countDrop;
    this.#report = report;
    this.#sockets = new Map(bound.map(({ id, socket }) => [id, socket]));
    this.sockets = bound.map(({ id, family, port }) => ({ id, family, port }));
    const memory = openPacketMemory();
    this.#views = memory.views;
    this.outgoing = memory.take(DATAGRAM_BYTES);
    this.#received = memory.take(RECEIVED_BYTES);
    this.pump = pump;
    if (pump === undefined) return;
    this.#interface = new PortableInterface({
      pump,
      memory,
      countDrop,
      take: (packet, offload) => this.#takePacket(packet, offload),
      taken: () => {
        this.#pullInterface();
        this.#turn();
      },
      link: (state) => this.#noteLink(state),
      lost: () => this.#loseInterface(),
    });
  }

  get tunName(): string | null {
    return this.pump?.name ?? null;
  }

  get hasInterface(): boolean {
    return this.#interface !== undefined;
  }

  /** A part of a datagram, see {@link PacketViews.within}. */
  partOf(datagram: Uint8Array, from: number, to: number): Uint8Array {
    return this.#views.within(datagram, from, to);
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

  deliver(packet: InnerPacket, from?: object): void {
    if (this.#interface === undefined) this.#countDrop("no-interface");
    else this.#interface.deliver(packet, from);
  }

  extend(packet: Uint8Array, from: object): boolean {
    return this.#interface?.extend(packet, from) ?? false;
  }

  run(sink: PacketSink): Promise<void> {
    this.#sink = sink;
    for (const [id, socket] of this.#sockets) {
      this.#listen(id, socket, (error) => this.#report("socket-failed", `A UDP socket failed: ${error.message}`));
    }
    this.#interface?.start();
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
    this.#interface?.close();
    this.#interface = undefined;
  }

  #listen(id: SocketId, socket: PortableSocket, failed: (error: Error) => void): void {
    let from = "";
    let via: DirectVia | undefined;
    const received = (bytes: Uint8Array, { address, port }: RemoteInfo): void => {
      // Nearly all come from where the last one came from.
      if (via === undefined || via.endpoint.port !== port || from !== address) {
        const parsed = parseAddress(address.split("%")[0] ?? "");
        if (!parsed.ok) return;
        via = { socket: id, endpoint: { address: parsed.value, port } };
        from = address;
      }
      this.clock.refresh();
      this.#sink?.datagram(via, this.#keep(bytes));
      // Node hands over those that wait in a row: one turn is for all of them.
      this.#soon ??= setImmediate(() => this.#turn());
    };
    socket.listen({ received, failed, caughtUp: () => this.#pullInterface() });
  }

  /** What the host sends waits with the host while a socket is behind. */
  #pullInterface(): void {
    let isBehind = false;
    for (const socket of this.#sockets.values()) isBehind ||= socket.isBehind;
    if (isBehind === this.#isHeldBack) return;
    this.#isHeldBack = isBehind;
    if (isBehind) this.pump?.pause();
    else this.pump?.resume();
  }

  /** A copy where sums are made fast and from where neighbours are joined; lent until the interface is flushed. */
  #keep(datagram: Uint8Array): Uint8Array {
    if (this.#receivedBytes + datagram.length > this.#received.length) this.#flush();
    const start = this.#received.byteOffset + this.#receivedBytes;
    this.#received.set(datagram, this.#receivedBytes);
    this.#receivedBytes += Math.ceil(datagram.length / ALIGNMENT) * ALIGNMENT;
    return this.#views.between(start, start + datagram.length);
  }

  #flush(): void {
    this.#interface?.flush();
    this.#receivedBytes = 0;
  }

  #takePacket(packet: Uint8Array, offload: VirtioHeader): void {
    this.clock.refresh();
    this.#sink?.packet(packet, offload);
  }

  #noteLink(state: "up" | "down"): void {
    const before = this.#link;
    // It is down when it is made, and the first time that it is up is no change.
    if (before === undefined && state === "down") return;
    this.#link = state;
    if (before === "down" && state === "up") this.#sink?.interfaceRestored();
    if (before === "up" && state === "down") this.#report("interface-failed", interfaceDown(this.tunName ?? ""));
  }

  #loseInterface(): void {
    if (this.#interface === undefined) return;
    this.#interface.close();
    this.#interface = undefined;
    this.#report("interface-gone", interfaceGone(this.tunName ?? ""));
  }

  #turn(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#sink === undefined) return;
    this.#flush();
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
