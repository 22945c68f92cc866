/** The UDP sockets of the fast way: those of the start, and those that come and go with punching. */
import { type AddressFamily, type Endpoint, ok, type Result } from "@pinhole/protocol/net";
import { type DatapathSocket, FIRST_EXTRA_SOCKET, type SocketId } from "./contract.ts";
import type { CountDrop, DropReason } from "./drop-reason.ts";
import type { SystemError } from "./ffi/errno.ts";
import { type Libc, SOCKADDR_STORAGE_BYTES } from "./ffi/libc.ts";
import type { ReadySet } from "./ffi/ready-set.ts";
import { encodeSockaddr } from "./ffi/sockaddr.ts";
import { openUdpSocket, sendWithTtl, type UdpSocket, widenUdpSocket } from "./ffi/udp-socket.ts";
import type { DirectVia, ReportError, SocketOpened } from "./packet-io.ts";
import { ViaCache } from "./via-cache.ts";

/** The longest datagram there is. */
const BUFFER_BYTES = 65_536;

/** Datagrams from one socket before the next one has its turn. */
const BATCH = 64;

type LoopSocket = UdpSocket & {
  readonly id: SocketId;
  readonly vias: ViaCache;
  readonly opened: SocketOpened | undefined;
  isWide: boolean;
};

type Options = {
  readonly libc: Libc;
  readonly ready: ReadySet;
  readonly countDrop: CountDrop;
  readonly report: ReportError;
  readonly receive: (via: DirectVia, datagram: Uint8Array) => void;
};

export class LoopSockets {
  readonly first: readonly DatapathSocket[];
  readonly #options: Options;
  readonly #byId = new Map<SocketId, LoopSocket>();
  readonly #sockaddrs = new WeakMap<Endpoint, Uint8Array>();
  readonly #received = new Uint8Array(BUFFER_BYTES);
  readonly #sender = new Uint8Array(SOCKADDR_STORAGE_BYTES);

  constructor(options: Options, udp: readonly UdpSocket[]) {
    this.#options = options;
    this.first = udp.map(({ family, port }, id) => ({ id, family, port }));
    for (const [id, socket] of udp.entries()) this.#add(id, socket, undefined);
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array, ttl?: number): void {
    const { libc, countDrop } = this.#options;
    const from = this.#byId.get(socket);
    if (from === undefined) return countDrop("unknown-socket");
    const sockaddr = this.#sockaddrOf(to);
    const sent =
      ttl === undefined
        ? libc.sendto(from.fd, datagram, sockaddr)
        : sendWithTtl(libc, from, { to: sockaddr, datagram, ttl });
    if (!sent.ok) countDrop(SEND_DROPS[sent.error] ?? "send-failed");
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
    const socket = { ...udp, id, vias: new ViaCache(id), opened, isWide: id < FIRST_EXTRA_SOCKET };
    const added = this.#options.ready.add(udp.fd, () => this.#receive(socket));
    if (!added.ok) {
      this.#options.libc.close(udp.fd);
      return added;
    }
    this.#byId.set(id, socket);
    return ok(socket);
  }

  #receive(socket: LoopSocket): void {
    const { libc, receive } = this.#options;
    for (let count = 0; count < BATCH; count++) {
      const received = libc.recvfrom(socket.fd, this.#received, this.#sender);
      if (!received.ok) {
        if (received.error === "again") return;
        // An error that a router reported about an earlier packet ends here, and the socket goes on.
        if (received.error !== "bad-state") continue;
        return this.#lose(socket);
      }
      const via = socket.vias.get(this.#sender);
      if (via !== undefined) receive(via, this.#received.subarray(0, received.value));
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

const SEND_DROPS: Partial<Record<SystemError, DropReason>> = {
  again: "send-full",
  "no-buffers": "send-full",
  unreachable: "send-unreachable",
  "too-big": "send-too-big",
  "no-permission": "send-forbidden",
};
