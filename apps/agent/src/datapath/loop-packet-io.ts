/**
 * The fast way: one thread sleeps until the TUN interface, a UDP socket or the wake-up is ready,
 * and does everything else with system calls of its own, each for as many packets as there are.
 */
import { type AddressFamily, err, ok, type Endpoint, type Result } from "@pinhole/protocol/net";
import type { DatapathRefusal, DatapathSocket, SendOptions, SocketId } from "./contract.ts";
import type { CountDrop } from "./drop-reason.ts";
import { clearEventfd, openEventfd } from "./ffi/eventfd.ts";
import type { Libc } from "./ffi/libc.ts";
import { LinkMonitor } from "./ffi/link-monitor.ts";
import type { Native } from "./ffi/native.ts";
import { adopt } from "./ffi/native-memory.ts";
import { ReadySet } from "./ffi/ready-set.ts";
import { openTun, type TunDevice } from "./ffi/tun-device.ts";
import { openUdpSockets, type UdpSocket } from "./ffi/udp-socket.ts";
import { interfaceDown, interfaceGone } from "./interface-words.ts";
import { LoopInterface } from "./loop-interface.ts";
import { tunRefusal, udpRefusal } from "./loop-refusal.ts";
import { LoopSockets } from "./loop-sockets.ts";
import { LoopTrain } from "./loop-train.ts";
import type { InnerPacket } from "./packet/inner-packet.ts";
import type { PacketViews } from "./packet/packet-views.ts";
import { openPacketMemory } from "./packet/packet-memory.ts";
import type { VirtioHeader } from "./packet/virtio-header.ts";
import type { DirectVia, PacketIo, PacketSink, ReportError, SocketOpened } from "./packet-io.ts";
import { TurnClock } from "./turn-clock.ts";

/** Nothing is due for this long; the loop looks once all the same. */
const LONGEST_SLEEP_MS = 60_000;

/**
 * How often the thread returns to its event loop, where V8 leaves work for it: a task of some 70 bytes for each collection
 * of young garbage, several a second under traffic, and all of them kept until they are taken. One return takes 3 µs.
 */
const YIELD_EVERY_MS = 100;

/** A loop that fails this often without one turn in between that does not is broken for good. */
const MAX_FAILED_TURNS = 100;

export type LoopOptions = {
  readonly native: Native;
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
  readonly clock = new TurnClock();
  readonly #libc: Libc;
  readonly #countDrop: CountDrop;
  readonly #report: ReportError;
  readonly #ready: ReadySet;
  readonly #sockets: LoopSockets;
  readonly #train: LoopTrain;
  readonly #views: PacketViews;
  readonly #monitor: LinkMonitor | undefined;
  readonly #takePacket = (packet: Uint8Array, offload: VirtioHeader): void => {
    this.clock.refresh();
    this.#sink?.packet(packet, offload);
  };
  #interface: LoopInterface | undefined;
  #sink: PacketSink | undefined;
  #isStopped = false;
  #yieldAt = 0;
  /** Held, see {@link Coalescer}: or V8 would compile Node's timers anew after each collection. */
  #immediate: NodeJS.Immediate | undefined;
  #failedTurns = 0;
  #lastFailure = "";

  constructor(options: LoopOptions, { udp, tun, wakeFd, ready }: OpenDescriptors) {
    const { native, libc, countDrop, report } = options;
    this.#libc = libc;
    this.#countDrop = countDrop;
    this.#report = report;
    this.#ready = ready;
    this.tunName = tun?.name ?? null;
    this.wakeFd = wakeFd;
    ready.add(wakeFd, () => this.#wake());
    const memory = openPacketMemory();
    adopt(native, memory);
    this.#views = memory.views;
    this.#sockets = new LoopSockets(
      {
        memory,
        native,
        libc,
        ready,
        countDrop,
        report,
        receive: (via, datagram) => this.#sink?.datagram(via, datagram),
        receiving: () => this.clock.refresh(),
        received: () => this.#interface?.flush(),
      },
      udp,
    );
    this.#train = new LoopTrain(memory.take(LoopTrain.BYTES), (to, bytes, datagramBytes) =>
      this.#sockets.sendMany(to, bytes, datagramBytes),
    );
    this.#monitor = tun === null ? undefined : openMonitor(libc, tun.name);
    if (this.#monitor !== undefined) ready.add(this.#monitor.fd, () => this.#readMonitor());
    if (tun === null) return;
    this.#interface = new LoopInterface({
      native,
      libc,
      device: tun,
      memory,
      countDrop,
      lost: () => this.#loseInterface(),
    });
    ready.add(tun.fd, () => this.#readInterface());
  }

  get sockets(): readonly DatapathSocket[] {
    return this.#sockets.first;
  }

  get hasInterface(): boolean {
    return this.#interface !== undefined;
  }

  get outgoing(): Uint8Array {
    return this.#train.bytes;
  }

  place(to: DirectVia, length: number): number {
    return this.#train.place(to, length);
  }

  take(): void {
    this.#train.take();
  }

  send(socket: SocketId, to: Endpoint, datagram: Uint8Array, options?: SendOptions): void {
    this.#sockets.send(socket, to, datagram, options);
  }

  openSocket(id: SocketId, family: AddressFamily, opened: SocketOpened): void {
    this.#sockets.open(id, family, opened);
  }

  closeSocket(id: SocketId): void {
    this.#train.flush();
    this.#sockets.close(id);
  }

  widenSocket(id: SocketId): void {
    this.#sockets.widen(id);
  }

  /** A part of a datagram, see {@link PacketViews.within}. */
  partOf(datagram: Uint8Array, from: number, to: number): Uint8Array {
    return this.#views.within(datagram, from, to);
  }

  deliver(packet: InnerPacket, from?: object): void {
    if (this.#interface === undefined) this.#countDrop("no-interface");
    else this.#interface.deliver(packet, from);
  }

  extend(packet: Uint8Array, from: object): boolean {
    return this.#interface?.extend(packet, from) ?? false;
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
      if (this.clock.now() >= this.#yieldAt) await this.#yield();
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    clearImmediate(this.#immediate);
    this.#sockets.closeAll();
    this.#ready.close();
    if (this.#interface !== undefined) this.#libc.close(this.#interface.fd);
    if (this.#monitor !== undefined) this.#libc.close(this.#monitor.fd);
    this.#interface = undefined;
  }

  /** Each kind once, not once a packet. */
  #reportFailure(cause: unknown): void {
    this.#countDrop("internal-error");
    const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    if (words === this.#lastFailure) return;
    this.#lastFailure = words;
    this.#report("internal-error", words);
  }

  async #yield(): Promise<void> {
    this.#yieldAt = this.clock.now() + YIELD_EVERY_MS;
    await new Promise<void>((resolve) => {
      this.#immediate = setImmediate(resolve);
    });
  }

  #turn(sink: PacketSink): void {
    this.clock.refresh();
    const sleepMs = Math.min(Math.max(0, Math.ceil(sink.turn())), LONGEST_SLEEP_MS);
    this.#train.flush();
    this.#interface?.flush();
    this.#ready.wait(sleepMs);
  }

  #wake(): void {
    this.clock.refresh();
    clearEventfd(this.#libc, this.wakeFd);
    this.#sink?.woken();
  }

  #readInterface(): void {
    this.#interface?.read(this.#takePacket);
    this.#train.flush();
  }

  #readMonitor(): void {
    const change = this.#monitor?.read();
    if (this.#interface === undefined) return;
    if (change === "up") this.#sink?.interfaceRestored();
    if (change === "down") {
      this.#report("interface-failed", interfaceDown(this.#interface.name));
    }
  }

  #loseInterface(): void {
    if (this.#interface === undefined) return;
    this.#ready.remove(this.#interface.fd);
    this.#libc.close(this.#interface.fd);
    this.#interface = undefined;
    this.#report("interface-gone", interfaceGone(this.tunName ?? ""));
  }
}

/** Without one the interface works all the same, until somebody takes it down and up. */
function openMonitor(libc: Libc, name: string): LinkMonitor | undefined {
  const index = libc.if_nametoindex(name);
  const monitor = index.ok ? LinkMonitor.open(libc, index.value) : index;
  return monitor.ok ? monitor.value : undefined;
}
