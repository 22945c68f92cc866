/** The UDP sockets of the fast way: those of the start, and those that come and go with punching. */
import { type AddressFamily, type Endpoint, ok, type Result } from "@pinhole/protocol/net";
import { type DatapathSocket, FIRST_EXTRA_SOCKET, type SendOptions, type SocketId } from "./contract.ts";
import type { CountDrop, DropReason } from "./drop-reason.ts";
import type { SystemError } from "./ffi/errno.ts";
import type { Libc } from "./ffi/libc.ts";
import { Message } from "./ffi/message.ts";
import type { Native } from "./ffi/native.ts";
import type { ReadySet } from "./ffi/ready-set.ts";
import { encodeSockaddr } from "./ffi/sockaddr.ts";
import { openUdpSocket, sendWithOptions, type UdpSocket, widenUdpSocket } from "./ffi/udp-socket.ts";
import type { PacketMemory } from "./packet/packet-memory.ts";
import type { DirectVia, ReportError, SocketOpened } from "./packet-io.ts";
import { ViaCache } from "./via-cache.ts";

/** The longest datagram there is, and the most that the kernel joins. */
const BUFFER_BYTES = 65_536;

/** Receptions from one socket before the next one has its turn. */
const BATCH = 64;

type LoopSocket = UdpSocket & {
  readonly id: SocketId;
  readonly vias: ViaCache;
  readonly opened: SocketOpened | undefined;
  isWide: boolean;
  /** It goes out by a device that does not compute checksums: the kernel does not cut up what is sent there. */
  sendsSingly: boolean;
};

type Options = {
  readonly native: Native;
  readonly libc: Libc;
  /** Known to {@link Native}. */
  readonly memory: PacketMemory;
  readonly ready: ReadySet;
  readonly countDrop: CountDrop;
  readonly report: ReportError;
  /** Some come at once. */
  readonly receiving: () => void;
  readonly receive: (via: DirectVia, datagram: Uint8Array) => void;
  /** All that was received at once was given to {@link receive}, and its memory is free. */
  readonly received: () => void;
};

export class LoopSockets {
  readonly first: readonly DatapathSocket[];
  readonly #options: Options;
  readonly #byId = new Map<SocketId, LoopSocket>();
  readonly #sockaddrs = new WeakMap<Endpoint, Uint8Array>();
  readonly #received: Uint8Array;
  readonly #incoming: Message;
  readonly #outgoing: Message;

  constructor(options: Options, udp: readonly UdpSocket[]) {
    this.#options = options;
    this.#received = options.memory.takeSealed(BUFFER_BYTES);
    this.#incoming = new Message(options.native);
    this.#outgoing = new Message(options.native);
    this.first = udp.map(({ family, port }, id) => ({ id, family, port }));
    for (const [id, socket] of udp.entries()) this.#add(id, socket, undefined);
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array, options?: SendOptions): void {
    const { libc, countDrop } = this.#options;
    const from = this.#byId.get(socket);
    if (from === undefined) return countDrop("unknown-socket");
    const sockaddr = this.#sockaddrOf(to);
    const sent =
      options === undefined || (options.ttl === undefined && options.dontFragment !== true)
        ? libc.sendto(from.fd, datagram, sockaddr)
        : sendWithOptions(libc, from, { to: sockaddr, datagram, options });
    if (!sent.ok) countDrop(SEND_DROPS[sent.error] ?? "send-failed");
  }

  /** `bytes`, in memory of ours, are datagrams of one length each, the last one perhaps shorter. */
  sendMany({ socket, endpoint }: DirectVia, bytes: Uint8Array, datagramBytes: number): void {
    const { libc, countDrop } = this.#options;
    const from = this.#byId.get(socket);
    const count = Math.ceil(bytes.length / datagramBytes);
    if (from === undefined) return countDrop("unknown-socket", count);
    if (count > 1 && from.sendsSingly) return this.#sendEach({ socket, endpoint }, bytes, datagramBytes);
    this.#outgoing.prepareSend(bytes, this.#sockaddrOf(endpoint), datagramBytes);
    const sent = libc.sendmsg(from.fd, this.#outgoing);
    if (sent.ok) return;
    if (count === 1 || !SINGLY.has(sent.error)) return countDrop(SEND_DROPS[sent.error] ?? "send-failed", count);
    // What is wider than the way out of here is cut only where each datagram is sent by itself.
    if (sent.error === "down") from.sendsSingly = true;
    this.#sendEach({ socket, endpoint }, bytes, datagramBytes);
  }

  open(id: SocketId, family: AddressFamily, opened: SocketOpened): void {
    this.close(id);
    const socket = openUdpSocket(this.#options.libc, family, 0);
    const added = socket.ok ? this.#add(id, socket.value, opened) : socket;
    opened(added.ok ? added.value.port : null);
  }

  close(id: SocketId): void {
    const socket = this.#byId.get(id);
    if (socket === undefined) return;
    this.#byId.delete(id);
    this.#options.ready.remove(socket.fd);
    this.#options.libc.close(socket.fd);
  }

  widen(id: SocketId): void {
    const socket = this.#byId.get(id);
    if (socket === undefined || socket.isWide) return;
    socket.isWide = true;
    widenUdpSocket(this.#options.libc, socket);
  }

  closeAll(): void {
    for (const id of this.#byId.keys()) this.close(id);
  }

  #add(id: SocketId, udp: UdpSocket, opened: SocketOpened | undefined): Result<LoopSocket, SystemError> {
    const isWide = id < FIRST_EXTRA_SOCKET;
    const socket = { ...udp, id, vias: new ViaCache(id), opened, isWide, sendsSingly: false };
    const added = this.#options.ready.add(udp.fd, () => this.#receive(socket));
    if (!added.ok) {
      this.#options.libc.close(udp.fd);
      return added;
    }
    this.#byId.set(id, socket);
    return ok(socket);
  }

  #sendEach({ socket, endpoint }: DirectVia, bytes: Uint8Array, datagramBytes: number): void {
    for (let at = 0; at < bytes.length; at += datagramBytes) {
      this.send(socket, endpoint, bytes.subarray(at, at + datagramBytes));
    }
  }

  #receive(socket: LoopSocket): void {
    const { libc, countDrop, receiving, received } = this.#options;
    for (let count = 0; count < BATCH; count++) {
      this.#incoming.prepareReceive(this.#received);
      const result = libc.recvmsg(socket.fd, this.#incoming);
      if (!result.ok) {
        if (result.error === "again") return;
        // An error that a router reported about an earlier packet ends here, and the socket goes on.
        if (result.error !== "bad-state") continue;
        return this.#lose(socket);
      }
      receiving();
      if (this.#incoming.isTruncated) countDrop("oversized-datagram");
      else this.#take(socket, result.value);
      received();
    }
  }

  /** What the kernel says is believed as far as there is memory for it. */
  #take(socket: LoopSocket, received: number): void {
    const via = socket.vias.get(this.#incoming.name);
    if (via === undefined) return;
    const length = Math.min(received, this.#received.length);
    const { segmentBytes } = this.#incoming;
    const each = segmentBytes > 0 ? segmentBytes : length;
    const { receive, memory } = this.#options;
    const start = this.#received.byteOffset;
    if (length === 0) return receive(via, this.#received.subarray(0, 0));
    for (let at = 0; at < length; at += each) {
      receive(via, memory.views.between(start + at, start + Math.min(at + each, length)));
    }
  }

  #lose({ id, family, opened }: LoopSocket): void {
    this.close(id);
    if (opened !== undefined) return opened(null);
    this.#options.report("socket-failed", `The UDP socket for IPv${family} is gone; restart the agent.`);
  }

  #sockaddrOf(endpoint: Endpoint): Uint8Array {
    const known = this.#sockaddrs.get(endpoint);
    if (known !== undefined) return known;
    const sockaddr = encodeSockaddr(endpoint);
    this.#sockaddrs.set(endpoint, sockaddr);
    return sockaddr;
  }
}

/** In these ways the kernel refuses to cut up, and not to send. */
const SINGLY: ReadonlySet<SystemError> = new Set(["invalid", "down", "too-big"]);

const SEND_DROPS: Partial<Record<SystemError, DropReason>> = {
  again: "send-full",
  "no-buffers": "send-full",
  unreachable: "send-unreachable",
  "too-big": "send-too-big",
  "no-permission": "send-forbidden",
};
