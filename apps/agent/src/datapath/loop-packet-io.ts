/**
 * The fast way: one thread sleeps in `poll` over the TUN interface, the UDP sockets and the
 * wake-up, and does everything else with system calls of its own. Nothing is allocated for a
 * packet here; both receive buffers live as long as the loop.
 */
import { err, ok, type Endpoint, type Result } from "@pinhole/protocol/net";
import type { DatapathRefusal, DatapathSocket, SocketId } from "./contract.ts";
import type { CountDrop, DropReason } from "./drop-reason.ts";
import { clearEventfd, openEventfd, PollSet } from "./ffi/descriptors.ts";
import type { SystemError } from "./ffi/errno.ts";
import { LinkMonitor } from "./ffi/link-monitor.ts";
import { type Libc, SOCKADDR_STORAGE_BYTES } from "./ffi/libc.ts";
import { encodeSockaddr } from "./ffi/sockaddr.ts";
import { openTun, type TunDevice, type TunError } from "./ffi/tun-device.ts";
import { openUdpSockets, type UdpSocket } from "./ffi/udp-socket.ts";
import type { PacketIo, PacketSink, ReportError } from "./packet-io.ts";
import { ViaCache } from "./via-cache.ts";

/** The longest packet there is, either way. */
const BUFFER_BYTES = 65_536;

/** Packets from one descriptor before the next one has its turn. */
const BATCH = 64;

/** Nothing is due for this long; the loop looks once all the same. */
const LONGEST_SLEEP_MS = 60_000;

/** A loop that fails this often without one turn in between that does not is broken for good. */
const MAX_FAILED_TURNS = 100;

export type LoopOptions = {
  readonly libc: Libc;
  readonly port: number;
  readonly tunName: string | null;
  readonly countDrop: CountDrop;
  readonly report: ReportError;
};

type OpenDescriptors = { readonly udp: readonly UdpSocket[]; readonly tun: TunDevice | null; readonly wakeFd: number };

export function openLoopPacketIo(options: LoopOptions): Result<LoopPacketIo, DatapathRefusal> {
  const { libc, port, tunName } = options;
  const udp = openUdpSockets(libc, port);
  if (!udp.ok) return err(udpRefusal(udp.error, port));
  const closeUdp = (): void => udp.value.forEach(({ fd }) => libc.close(fd));

  const tun = tunName === null ? ok(null) : openTun(libc, tunName);
  if (!tun.ok) {
    closeUdp();
    return err(tunRefusal(tun.error, tunName ?? ""));
  }
  const wake = openEventfd(libc);
  if (!wake.ok) {
    closeUdp();
    if (tun.value !== null) libc.close(tun.value.fd);
    return err({ code: "failed", words: `The system refused a wake-up descriptor (${wake.error}).` });
  }
  return ok(new LoopPacketIo(options, { udp: udp.value, tun: tun.value, wakeFd: wake.value }));
}

export class LoopPacketIo implements PacketIo {
  readonly sockets: readonly DatapathSocket[];
  /** Left open by {@link close}: the main thread writes to it and must be the one to close it, or it would write to a stranger. */
  readonly wakeFd: number;
  readonly tunName: string | null;
  readonly #libc: Libc;
  readonly #countDrop: CountDrop;
  readonly #report: ReportError;
  readonly #udp: readonly UdpSocket[];
  readonly #vias: readonly ViaCache[];
  readonly #sockaddrs = new WeakMap<Endpoint, Uint8Array>();
  readonly #monitor: LinkMonitor | undefined;
  readonly #pollSet: PollSet;
  readonly #received = new Uint8Array(BUFFER_BYTES);
  readonly #sender = new Uint8Array(SOCKADDR_STORAGE_BYTES);
  #tun: TunDevice | null;
  #isStopped = false;
  #failedTurns = 0;
  #lastFailure = "";

  constructor({ libc, countDrop, report }: LoopOptions, { udp, tun, wakeFd }: OpenDescriptors) {
    this.#libc = libc;
    this.#countDrop = countDrop;
    this.#report = report;
    this.#udp = udp;
    this.#tun = tun;
    this.tunName = tun?.name ?? null;
    this.wakeFd = wakeFd;
    this.sockets = udp.map(({ family, port }, id) => ({ id, family, port }));
    this.#vias = udp.map((_, id) => new ViaCache(id));
    this.#monitor = tun === null ? undefined : openMonitor(libc, tun.name);
    const tunFds = tun === null ? [] : [tun.fd];
    const monitorFds = this.#monitor === undefined ? [] : [this.#monitor.fd];
    this.#pollSet = new PollSet(libc, [wakeFd, ...udp.map(({ fd }) => fd), ...tunFds, ...monitorFds]);
  }

  get hasInterface(): boolean {
    return this.#tun !== null;
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array): void {
    const from = this.#udp[socket];
    if (from === undefined) {
      this.#countDrop("unknown-socket");
      return;
    }
    const sent = this.#libc.sendto(from.fd, datagram, this.#sockaddrOf(to));
    if (!sent.ok) this.#countDrop(SEND_DROPS[sent.error] ?? "send-failed");
  }

  deliver(packet: Uint8Array): void {
    if (this.#tun === null) {
      this.#countDrop("no-interface");
      return;
    }
    const written = this.#libc.write(this.#tun.fd, packet);
    if (written.ok) return;
    this.#countDrop(DELIVER_DROPS[written.error] ?? "interface-refused");
    if (written.error === "bad-state") this.#loseTun();
  }

  async run(sink: PacketSink): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#turn(sink);
        this.#failedTurns = 0;
      } catch (cause) {
        // A bug, met by one packet: the others still have to pass.
        this.#failedTurns += 1;
        if (this.#failedTurns >= MAX_FAILED_TURNS) throw cause;
        this.#reportFailure(cause);
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    for (const { fd } of this.#udp) this.#libc.close(fd);
    if (this.#tun !== null) this.#libc.close(this.#tun.fd);
    if (this.#monitor !== undefined) this.#libc.close(this.#monitor.fd);
    this.#tun = null;
  }

  /** Each kind once, not once a packet. */
  #reportFailure(cause: unknown): void {
    this.#countDrop("internal-error");
    const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    if (words === this.#lastFailure) return;
    this.#lastFailure = words;
    this.#report("internal-error", words);
  }

  #turn(sink: PacketSink): void {
    const sleepMs = Math.min(Math.max(0, Math.ceil(sink.turn())), LONGEST_SLEEP_MS);
    this.#pollSet.wait(sleepMs);
    if (this.#pollSet.readiness(0) === "ready") {
      clearEventfd(this.#libc, this.wakeFd);
      sink.woken();
    }
    for (const [id, { fd }] of this.#udp.entries()) this.#receive(sink, id, fd);
    this.#readTun(sink);
    this.#readMonitor(sink);
  }

  #receive(sink: PacketSink, id: SocketId, fd: number): void {
    const readiness = this.#pollSet.readiness(1 + id);
    if (readiness === "idle") return;
    for (let count = 0; count < BATCH; count++) {
      const received = this.#libc.recvfrom(fd, this.#received, this.#sender);
      if (!received.ok) {
        if (received.error === "again") return;
        // An error that a router reported about an earlier packet ends here, and the socket goes on.
        if (received.error !== "bad-state") continue;
        this.#pollSet.forget(1 + id);
        this.#report(
          "socket-failed",
          `The UDP socket for IPv${this.sockets[id]?.family ?? 4} is gone; restart the agent.`,
        );
        return;
      }
      const via = this.#vias[id]?.get(this.#sender);
      if (via !== undefined) sink.datagram(via, this.#received.subarray(0, received.value));
    }
  }

  #readTun(sink: PacketSink): void {
    const at = 1 + this.#udp.length;
    const tun = this.#tun;
    if (tun === null || this.#pollSet.readiness(at) === "idle") return;
    for (let count = 0; count < BATCH; count++) {
      const read = this.#libc.read(tun.fd, this.#received);
      if (!read.ok) {
        if (read.error !== "again") this.#loseTun();
        return;
      }
      sink.packet(this.#received.subarray(0, read.value));
    }
  }

  #readMonitor(sink: PacketSink): void {
    if (this.#monitor === undefined || this.#pollSet.readiness(2 + this.#udp.length) === "idle") return;
    const change = this.#monitor.read();
    if (this.#tun === null) return;
    if (change === "up") sink.interfaceRestored();
    if (change === "down") {
      const words = `The interface ${this.#tun.name} was taken down. Its addresses and routes return when it is up again.`;
      this.#report("interface-failed", words);
    }
  }

  #loseTun(): void {
    if (this.#tun === null) return;
    this.#pollSet.forget(1 + this.#udp.length);
    this.#libc.close(this.#tun.fd);
    this.#tun = null;
    this.#report(
      "interface-gone",
      `The interface ${this.tunName ?? ""} was removed from the system; restart the agent to have it back.`,
    );
  }

  #sockaddrOf(endpoint: Endpoint): Uint8Array {
    const known = this.#sockaddrs.get(endpoint);
    if (known !== undefined) return known;
    const sockaddr = encodeSockaddr(endpoint);
    this.#sockaddrs.set(endpoint, sockaddr);
    return sockaddr;
  }
}

/** Without one the interface works all the same, until somebody takes it down and up. */
function openMonitor(libc: Libc, name: string): LinkMonitor | undefined {
  const index = libc.if_nametoindex(name);
  const monitor = index.ok ? LinkMonitor.open(libc, index.value) : index;
  return monitor.ok ? monitor.value : undefined;
}

const SEND_DROPS: Partial<Record<SystemError, DropReason>> = {
  again: "send-full",
  "no-buffers": "send-full",
  unreachable: "send-unreachable",
  "too-big": "send-too-big",
  "no-permission": "send-forbidden",
};

const DELIVER_DROPS: Partial<Record<SystemError, DropReason>> = {
  again: "interface-full",
  "no-buffers": "interface-full",
  down: "interface-down",
  "bad-state": "interface-down",
};

function udpRefusal(error: SystemError, port: number): DatapathRefusal {
  if (error === "in-use") {
    return { code: "port-taken", words: `UDP port ${port} is taken by another program; choose one with --port.` };
  }
  if (error === "no-permission") {
    return {
      code: "no-permission",
      words: `UDP port ${port} is not open to this user; choose one above 1023 with --port.`,
    };
  }
  return { code: "failed", words: `No UDP socket could be opened (${error}).` };
}

function tunRefusal({ step, error }: TunError, name: string): DatapathRefusal {
  if (step === "name") {
    return {
      code: "failed",
      words: `"${name}" is no name for an interface: 1 to 15 letters, digits, ".", "_" and "-".`,
    };
  }
  if (error === "no-permission") {
    return {
      code: "no-permission",
      words: `Making the interface ${name} needs root (or CAP_NET_ADMIN). Start it with sudo, or without an interface by --userspace.`,
    };
  }
  if (step === "open") {
    return {
      code: "no-tun",
      words:
        "This system offers no TUN interface (/dev/net/tun). Load it with `modprobe tun`, or start without an interface by --userspace.",
    };
  }
  if (error === "in-use" || error === "invalid") {
    return { code: "interface-name-taken", words: `The interface name ${name} is taken; choose another with --tun.` };
  }
  return { code: "failed", words: `The interface ${name} could not be made (${error}).` };
}
