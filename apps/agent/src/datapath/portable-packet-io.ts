/** The portable way: node:dgram, event by event, and no interface. The same engine, wherever Node runs. */
import { createSocket, type Socket } from "node:dgram";
import { type Endpoint, err, ok, parseAddress, type Result } from "@pinhole/protocol/net";
import type { DatapathRefusal, DatapathSocket, SocketId } from "./contract.ts";
import type { CountDrop } from "./drop-reason.ts";
import type { PacketIo, PacketSink, ReportError } from "./packet-io.ts";

/** setTimeout takes no longer than this, and nothing here is ever so far away. */
const LONGEST_SLEEP_MS = 60_000;

type Options = { readonly port: number; readonly countDrop: CountDrop; readonly report: ReportError };

export async function openPortablePacketIo(options: Options): Promise<Result<PortablePacketIo, DatapathRefusal>> {
  const v4 = await bind("udp4", options.port);
  if (!v4.ok) return v4;
  // One port for both where it is free; a machine without IPv6 has one socket.
  const v6 = await bind("udp6", v4.value.address().port);
  return ok(new PortablePacketIo(options, v6.ok ? [v4.value, v6.value] : [v4.value]));
}

export class PortablePacketIo implements PacketIo {
  readonly sockets: readonly DatapathSocket[];
  readonly hasInterface = false;
  readonly #sockets: readonly Socket[];
  readonly #countDrop: CountDrop;
  readonly #report: ReportError;
  #sink: PacketSink | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => undefined;

  constructor({ countDrop, report }: Options, sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.#countDrop = countDrop;
    this.#report = report;
    this.sockets = sockets.map((socket, id) => ({ id, family: id === 0 ? 4 : 6, port: socket.address().port }));
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array): void {
    const from = this.#sockets[socket];
    if (from === undefined) {
      this.#countDrop("unknown-socket");
      return;
    }
    // Node sends later than this call, and the bytes are only lent.
    from.send(Uint8Array.from(datagram), to.port, to.address, (error) => {
      if (error !== null) this.#countDrop("send-failed");
    });
  }

  deliver(_packet: Uint8Array): void {
    this.#countDrop("no-interface");
  }

  run(sink: PacketSink): Promise<void> {
    this.#sink = sink;
    for (const [id, socket] of this.#sockets.entries()) {
      socket.on("message", (bytes, { address, port }) => {
        const parsed = parseAddress(address.split("%")[0] ?? "");
        if (!parsed.ok) return;
        sink.datagram({ socket: id, endpoint: { address: parsed.value, port } }, bytes);
        this.#turn();
      });
      socket.on("error", (error) => this.#report("socket-failed", `A UDP socket failed: ${error.message}`));
    }
    this.#turn();
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The worker hears messages by itself here, and hands them on in this way. */
  wake(): void {
    this.#sink?.woken();
    this.#turn();
  }

  stop(): void {
    this.#sink = undefined;
    clearTimeout(this.#timer);
    this.#end();
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #turn(): void {
    clearTimeout(this.#timer);
    if (this.#sink === undefined) return;
    const sleepMs = Math.min(Math.max(0, Math.ceil(this.#sink.turn())), LONGEST_SLEEP_MS);
    this.#timer = setTimeout(() => this.#turn(), sleepMs);
  }
}

function bind(type: "udp4" | "udp6", port: number): Promise<Result<Socket, DatapathRefusal>> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, ipv6Only: type === "udp6" });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(err(refusal(error, port)));
    });
    socket.bind(port, () => {
      socket.removeAllListeners("error");
      resolve(ok(socket));
    });
  });
}

function refusal(error: NodeJS.ErrnoException, port: number): DatapathRefusal {
  if (error.code === "EADDRINUSE") {
    return { code: "port-taken", words: `UDP port ${port} is taken by another program; choose one with --port.` };
  }
  return { code: "failed", words: `No UDP socket could be opened: ${error.message}` };
}
