/**
 * The fast way: one thread sleeps until the TUN interface, a UDP socket or the wake-up is ready,
 * and does everything else with system calls of its own. Nothing is allocated for a packet here;
 * the receive buffers live as long as the loop.
 */
import { type AddressFamily, err, ok, type Endpoint, type Result } from "@pinhole/protocol/net";
import type { DatapathRefusal, DatapathSocket, SocketId } from "./contract.ts";
import type { CountDrop, DropReason } from "./drop-reason.ts";
import type { SystemError } from "./ffi/errno.ts";
import { clearEventfd, openEventfd } from "./ffi/eventfd.ts";
import type { Libc } from "./ffi/libc.ts";
import { LinkMonitor } from "./ffi/link-monitor.ts";
import { ReadySet } from "./ffi/ready-set.ts";
import { openTun, type TunDevice, type TunError } from "./ffi/tun-device.ts";
import { openUdpSockets, type UdpSocket } from "./ffi/udp-socket.ts";
import { LoopSockets } from "./loop-sockets.ts";
import type { PacketIo, PacketSink, ReportError, SocketOpened } from "./packet-io.ts";

/** The longest packet there is. */
const BUFFER_BYTES = 65_536;

/** Packets of the host before the sockets have their turn. */
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

type OpenDescriptors = {
  readonly udp: readonly UdpSocket[];
  readonly tun: TunDevice | null;
  readonly wakeFd: number;
  readonly ready: ReadySet;
};

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
  const closeBoth = (): void => {
    closeUdp();
    if (tun.value !== null) libc.close(tun.value.fd);
  };
  const wake = openEventfd(libc);
  if (!wake.ok) {
    closeBoth();
    return err({ code: "failed", words: `The system refused a wake-up descriptor (${wake.error}).` });
  }
  const ready = ReadySet.open(libc);
  if (!ready.ok) {
    closeBoth();
    libc.close(wake.value);
    return err({ code: "failed", words: `The system refused a descriptor to sleep on (${ready.error}).` });
  }
  return ok(new LoopPacketIo(options, { udp: udp.value, tun: tun.value, wakeFd: wake.value, ready: ready.value }));
}

export class LoopPacketIo implements PacketIo {
  /** Left open by {@link close}: the main thread writes to it and must be the one to close it, or it would write to a stranger. */
  readonly wakeFd: number;
  readonly tunName: string | null;
  readonly #libc: Libc;
  readonly #countDrop: CountDrop;
  readonly #report: ReportError;
  readonly #ready: ReadySet;
  readonly #sockets: LoopSockets;
  readonly #monitor: LinkMonitor | undefined;
  readonly #packet = new Uint8Array(BUFFER_BYTES);
  #sink: PacketSink | undefined;
  #tun: TunDevice | null;
  #isStopped = false;
  #failedTurns = 0;
  #lastFailure = "";

  constructor({ libc, countDrop, report }: LoopOptions, { udp, tun, wakeFd, ready }: OpenDescriptors) {
    this.#libc = libc;
    this.#countDrop = countDrop;
    this.#report = report;
    this.#ready = ready;
    this.#tun = tun;
    this.tunName = tun?.name ?? null;
    this.wakeFd = wakeFd;
    ready.add(wakeFd, () => this.#wake());
    const receive: PacketSink["datagram"] = (via, datagram) => this.#sink?.datagram(via, datagram);
    this.#sockets = new LoopSockets({ libc, ready, countDrop, report, receive }, udp);
    this.#monitor = tun === null ? undefined : openMonitor(libc, tun.name);
    if (tun !== null) ready.add(tun.fd, () => this.#readTun());
    if (this.#monitor !== undefined) ready.add(this.#monitor.fd, () => this.#readMonitor());
  }

  get sockets(): readonly DatapathSocket[] {
    return this.#sockets.first;
  }

  get hasInterface(): boolean {
    return this.#tun !== null;
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array, ttl?: number): void {
    this.#sockets.send(socket, to, datagram, ttl);
  }

  openSocket(id: SocketId, family: AddressFamily, opened: SocketOpened): void {
    this.#sockets.open(id, family, opened);
  }

  closeSocket(id: SocketId): void {
    this.#sockets.close(id);
  }

  widenSocket(id: SocketId): void {
    this.#sockets.widen(id);
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
    this.#sink = sink;
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
    this.#sockets.closeAll();
    this.#ready.close();
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
    this.#ready.wait(sleepMs);
  }

  #wake(): void {
    clearEventfd(this.#libc, this.wakeFd);
    this.#sink?.woken();
  }

  #readTun(): void {
    const tun = this.#tun;
    for (let count = 0; tun !== null && count < BATCH; count++) {
      const read = this.#libc.read(tun.fd, this.#packet);
      if (!read.ok) {
        if (read.error !== "again") this.#loseTun();
        return;
      }
      this.#sink?.packet(this.#packet.subarray(0, read.value));
    }
  }

  #readMonitor(): void {
    const change = this.#monitor?.read();
    if (this.#tun === null) return;
    if (change === "up") this.#sink?.interfaceRestored();
    if (change === "down") {
      const words = `The interface ${this.#tun.name} was taken down. Its addresses and routes return when it is up again.`;
      this.#report("interface-failed", words);
    }
  }

  #loseTun(): void {
    if (this.#tun === null) return;
    this.#ready.remove(this.#tun.fd);
    this.#libc.close(this.#tun.fd);
    this.#tun = null;
    this.#report(
      "interface-gone",
      `The interface ${this.tunName ?? ""} was removed from the system; restart the agent to have it back.`,
    );
  }
}

/** Without one the interface works all the same, until somebody takes it down and up. */
function openMonitor(libc: Libc, name: string): LinkMonitor | undefined {
  const index = libc.if_nametoindex(name);
  const monitor = index.ok ? LinkMonitor.open(libc, index.value) : index;
  return monitor.ok ? monitor.value : undefined;
}

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
