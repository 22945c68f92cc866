/**
 * The main thread's side of the datapath; contract.ts says what it promises.
 *
 * The worker is a thread of this program: run from source it is worker.ts, and in the bundle,
 * which is one file, it is that file again. The program's entry must therefore, when it is not
 * the main thread, do nothing but `await import("./datapath/worker.ts")`.
 */
import { closeSync, writeSync } from "node:fs";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { type DeviceId, type Endpoint, err, ok, type Result } from "@pinhole/protocol/net";
import { Backlog, WakeFlag } from "./backlog.ts";
import {
  type Datapath,
  type DatapathConfig,
  type DatapathOptions,
  type DatapathRefusal,
  type DatapathStats,
  FIRST_EXTRA_SOCKET,
  type PingReply,
  type Route,
  type SendOptions,
  type SocketId,
} from "./contract.ts";
import { CounterReader, COUNTER_SLOTS, newSharedCounters, type SharedCounters } from "./counters.ts";
import { type Ready, type ToMain, type ToWorker, WORKER_KIND, type WorkerInput } from "./messages.ts";
import { putGuard, removeGuard } from "./tun/overlay-guard.ts";

export * from "./contract.ts";

/** A worker that keeps little keeps the whole agent small; what it does keep is a few KB a peer. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4, stackSizeMb: 2 };

/** Between "stop" and pulling the plug. */
const STOP_TIMEOUT_MS = 2_000;

/** What an IP header can say. */
const MAX_IP_BYTES = 65_535;

/** A number above zero in eight bytes is what an eventfd takes. */
const WAKE = new BigUint64Array([1n]);

export async function openDatapath(options: DatapathOptions): Promise<Result<Datapath, DatapathRefusal>> {
  const shared = newSharedCounters();
  const { port1, port2 } = new MessageChannel();
  const workerData: WorkerInput = {
    kind: WORKER_KIND,
    port: port2,
    shared,
    nodePrivateKey: options.nodePrivateKey,
    udpPort: options.port,
    tunName: options.tun?.name ?? null,
    isPortable: options.isPortable ?? false,
    timestamps: options.timestamps,
  };
  const worker = new Worker(workerEntry(), {
    name: WORKER_KIND,
    workerData,
    transferList: [port2],
    resourceLimits: RESOURCE_LIMITS,
    execArgv: [],
  });
  const inbox = new Inbox(port1, shared);
  const first = await Promise.race([inbox.first, startFailure(worker, port1)]);
  if (first.ok)
    return ok(new WorkerDatapath({ worker, port: port1, inbox, shared, ready: first.value, events: options.events }));
  worker.removeAllListeners();
  worker.on("error", () => undefined); // why it ended is told already
  port1.close();
  return first;
}

/** Settles, with words, only when the worker ends before it has said anything: its last words arrive before its port closes. */
function startFailure(worker: Worker, port: MessagePort): Promise<Result<never, DatapathRefusal>> {
  const refusal = (why: string) => err({ code: "failed", words: `The packet worker did not start: ${why}` } as const);
  const closed = new Promise<void>((resolve) => port.once("close", () => resolve()));
  return new Promise((resolve) => {
    worker.once("error", (error) => resolve(refusal(error.message)));
    worker.once("exit", (code) => void closed.then(() => resolve(refusal(`it ended with ${code}`))));
  });
}

/** Takes what the worker says. Its first message is its answer to being started; the rest waits until somebody listens. */
class Inbox {
  readonly first: Promise<Result<Ready, DatapathRefusal>>;
  readonly #waiting: ToMain[] = [];
  #listener: ((message: ToMain) => void) | undefined;

  constructor(port: MessagePort, shared: SharedCounters) {
    const backlog = new Backlog(shared, "to-main");
    this.first = new Promise((resolve) => {
      port.on("message", (messages: readonly ToMain[]) => {
        for (const message of messages) {
          backlog.taken();
          if (message.kind === "ready") resolve(ok(message.ready));
          else if (message.kind === "refused") resolve(err(message.refusal));
          else if (this.#listener === undefined) this.#waiting.push(message);
          else this.#listener(message);
        }
      });
    });
  }

  listen(listener: (message: ToMain) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) listener(message);
  }
}

type Parts = {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly inbox: Inbox;
  readonly shared: SharedCounters;
  readonly ready: Ready;
  readonly events: DatapathOptions["events"];
};

class WorkerDatapath implements Datapath {
  readonly sockets: Datapath["sockets"];
  readonly tunName: string | null;
  readonly description: string;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #events: DatapathOptions["events"];
  readonly #counters: CounterReader;
  readonly #toWorker: Backlog;
  readonly #wakeFlag: WakeFlag;
  readonly #slots = new Map<DeviceId, { readonly slot: number; readonly nodeKey: string }>();
  readonly #freeSlots: number[] = [];
  readonly #pings = new Map<number, (reply: PingReply | "timeout") => void>();
  readonly #stopAtExit = (): void => this.#post({ kind: "stop" });
  #wakeFd: number | null;
  #nextSlot = 0;
  #nextPing = 0;
  #overflow = 0;
  #guard = "";
  #guarding: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor({ worker, port, inbox, shared, ready, events }: Parts) {
    this.#worker = worker;
    this.#port = port;
    this.#events = events;
    this.#counters = new CounterReader(shared);
    this.#toWorker = new Backlog(shared, "to-worker");
    this.#wakeFlag = new WakeFlag(shared);
    this.sockets = ready.sockets;
    this.tunName = ready.tunName;
    this.description = ready.description;
    this.#wakeFd = ready.wakeFd;
    worker.on("error", (error) => events.onError("worker-failed", error.stack ?? error.message));
    worker.on("exit", (code) => this.#ended(code));
    // A thread inside a system call cannot be ended from outside, and the process waits for it.
    process.once("exit", this.#stopAtExit);
    // Not before the caller has the datapath that the events are about.
    setImmediate(() => inbox.listen((message) => this.#take(message)));
  }

  configure(config: DatapathConfig): void {
    const slots = this.#assignSlots(config);
    this.#post({ kind: "configure", config, slots });
    this.#keepGuard(config);
  }

  setRoute(peerId: DeviceId, route: Route): void {
    this.#post({ kind: "route", peerId, route });
  }

  setProven(peerId: DeviceId, until: number): void {
    this.#post({ kind: "proven", peerId, until: performance.timeOrigin + until });
  }

  setPathMtu(peerId: DeviceId, bytes: number): void {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_IP_BYTES)
      throw new RangeError(`no packet has ${bytes} bytes`);
    this.#post({ kind: "path-mtu", peerId, bytes });
  }

  openSocket(id: SocketId, family: 4 | 6): void {
    this.#post({ kind: "open-socket", id: extraSocket(id), family });
  }

  closeSocket(id: SocketId): void {
    this.#post({ kind: "close-socket", id: extraSocket(id) });
  }

  sendDatagram(socket: SocketId, to: Endpoint, bytes: Uint8Array, options: SendOptions = {}): void {
    const { ttl } = options;
    if (ttl !== undefined && !isTtl(ttl)) throw new RangeError(`no TTL: ${ttl}`);
    this.#postPacket(bytes, (copy) => ({ kind: "datagram", socket, to, bytes: copy, options }));
  }

  relayInput(peerId: DeviceId, bytes: Uint8Array): void {
    this.#postPacket(bytes, (copy) => ({ kind: "relay", peerId, bytes: copy }));
  }

  ping(peerId: DeviceId, seq: number, timeoutMs: number): Promise<PingReply | "timeout"> {
    if (this.#closing !== undefined) return Promise.resolve("timeout");
    const ping = this.#nextPing++;
    return new Promise((resolve) => {
      this.#pings.set(ping, resolve);
      this.#post({ kind: "ping", ping, peerId, seq, timeoutMs });
    });
  }

  stats(): DatapathStats {
    const droppedOutbound = this.#counters.drops(true);
    const dropped: Record<string, number> = { ...this.#counters.drops(false) };
    for (const [reason, count] of Object.entries(droppedOutbound)) dropped[reason] = (dropped[reason] ?? 0) + count;
    if (this.#overflow > 0) dropped["worker-backlog"] = this.#overflow;
    return {
      peers: new Map([...this.#slots].map(([id, { slot }]) => [id, this.#counters.read(slot)])),
      paths: this.#counters.paths(),
      dropped,
      droppedOutbound,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#post({ kind: "stop" });
    const late = setTimeout(() => void this.#worker.terminate(), STOP_TIMEOUT_MS);
    // After its end a thread has the number -1.
    if (this.#worker.threadId !== -1) await exited;
    clearTimeout(late);
    await this.#guarding;
    if (this.tunName !== null && this.#guard !== "") await removeGuard(this.tunName);
  }

  #ended(code: number): void {
    process.off("exit", this.#stopAtExit);
    const fd = this.#wakeFd;
    this.#wakeFd = null;
    if (fd !== null) closeSync(fd);
    this.#port.close();
    for (const resolve of this.#pings.values()) resolve("timeout");
    this.#pings.clear();
    if (this.#closing === undefined && code === 0)
      this.#events.onError("worker-failed", "The packet worker ended unasked.");
  }

  #take(message: ToMain): void {
    switch (message.kind) {
      case "datagram":
        return this.#events.onDatagram(message.socket, message.from, message.bytes);
      case "relay":
        return this.#events.onRelayOutput(message.peerId, message.bytes);
      case "traffic":
        return this.#events.onTraffic(message.peerId);
      case "data-received":
        return this.#events.onDataReceived(message.peerId, message.via);
      case "timestamps":
        return this.#events.onTimestamps(message.timestamps);
      case "socket":
        return this.#events.onSocket(message.id, message.port);
      case "error":
        return this.#events.onError(message.code, message.words);
      case "pong":
        this.#pings.get(message.ping)?.(message.reply);
        this.#pings.delete(message.ping);
        return;
      case "ready":
      case "refused":
        return; // the inbox keeps these
      default:
        return message satisfies never;
    }
  }

  #postPacket(bytes: Uint8Array, make: (copy: Uint8Array) => ToWorker): void {
    if (this.#toWorker.isFull) {
      this.#overflow += 1;
      return;
    }
    // Its own buffer: a view of a shared pool would take the whole pool along.
    this.#post(make(Uint8Array.from(bytes)));
  }

  #post(message: ToWorker): void {
    this.#toWorker.posted();
    this.#port.postMessage(message);
    if (this.#wakeFd !== null && this.#wakeFlag.request()) writeSync(this.#wakeFd, WAKE);
  }

  /** A peer keeps its slot while it has its key; figures of one that went are gone with it. */
  #assignSlots({ peers }: DatapathConfig): number[] {
    const keys = new Map(peers.map(({ id, nodeKey }) => [id, nodeKey]));
    const freed: number[] = [];
    for (const [id, { slot, nodeKey }] of this.#slots) {
      if (keys.get(id) === nodeKey) continue;
      this.#slots.delete(id);
      freed.push(slot);
    }
    const slots = peers.map(({ id, nodeKey }) => {
      const slot = this.#slots.get(id)?.slot ?? this.#freeSlots.shift() ?? this.#nextSlot++ % COUNTER_SLOTS;
      this.#slots.set(id, { slot, nodeKey });
      return slot;
    });
    // Only now: the worker may still write once more for a peer that goes.
    this.#freeSlots.push(...freed);
    return slots;
  }

  #keepGuard({ selfAddresses: addresses, ranges }: DatapathConfig): void {
    const name = this.tunName;
    const wanted = JSON.stringify([addresses, ranges]);
    if (name === null || wanted === this.#guard || this.#closing !== undefined) return;
    this.#guard = wanted;
    this.#guarding = this.#guarding.then(async () => {
      const put = await putGuard(name, { addresses, ranges });
      if (!put.ok)
        this.#events.onError("guard-missing", `Overlay addresses are not blocked on other interfaces: ${put.error}.`);
    });
  }
}

/** The sockets of the start are everybody's, and stay. */
function extraSocket(id: SocketId): SocketId {
  if (!Number.isInteger(id) || id < FIRST_EXTRA_SOCKET)
    throw new RangeError(`not the caller's to open or close: ${id}`);
  return id;
}

function isTtl(ttl: number): boolean {
  return Number.isInteger(ttl) && ttl >= 1 && ttl <= 255;
}

function workerEntry(): URL {
  const isSource = import.meta.url.endsWith("/datapath.ts");
  return isSource ? new URL("./worker.ts", import.meta.url) : new URL(import.meta.url);
}
