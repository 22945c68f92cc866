/**
 * One agent from its start to its end, whatever becomes of its datapath in between: when the interface is removed or the
 * packet thread dies, the daemon is closed and another one is started in its place, with growing waits.
 */
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { err, ok, type Result } from "@pinhole/protocol";
import { BenchResponder } from "../bench/responder.ts";
import { newBackoff } from "../control/backoff.ts";
import type { Datapath, DatapathErrorCode, DatapathEvents } from "../datapath/contract.ts";
import type { Log } from "../log.ts";
import type { Identity } from "../state/identity.ts";
import { KeptOnDisk } from "../state/kept-on-disk.ts";
import type { SettingsRecord } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";
import { Daemon } from "./daemon.ts";
import type { DaemonOptions } from "./daemon-options.ts";
import { deviceName } from "./device-name.ts";
import { checkEnrollable, type Enrolled, ensureEnrolled } from "./ensure-enrolled.ts";
import type { LocalAnswers } from "./local-answers.ts";
import type { Notice } from "./notice.ts";
import { openDatapathFor } from "./open-datapath.ts";
import { ProbeState } from "./probe-state.ts";
import { TimestampKeeper } from "./timestamps.ts";
import { Warnings } from "./warnings.ts";

const FIRST_RESTART_MS = 2_000;
const LONGEST_RESTART_MS = 60_000;

/** Nothing passes any more, and nothing will with this datapath. */
const FATAL: ReadonlySet<DatapathErrorCode> = new Set(["worker-failed", "interface-gone"]);

type Deps = {
  readonly options: DaemonOptions;
  readonly store: StateStore;
  readonly identity: Identity;
  readonly log: Log;
  readonly notify: (notice: Notice) => void;
  readonly signal: AbortSignal;
};

export class AgentRun {
  readonly #deps: Deps;
  readonly #timestamps: TimestampKeeper;
  readonly #warnings = new Warnings();
  readonly #settings: SettingsRecord;
  #enrolled: Enrolled | undefined;
  #datapath: Datapath | undefined;
  #daemon: Daemon | undefined;
  /** Without an interface there is none: nothing of the host's passes then. */
  #bench: BenchResponder | undefined;
  #failed = Promise.withResolvers<void>();
  #wasOnline = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { store, options, log } = deps;
    this.#timestamps = new TimestampKeeper(store, log);
    const saved = store.load("settings") ?? { tun: null, userspace: false };
    const userspace = options.isUserspace ?? (options.tun === undefined && saved.userspace);
    const portMapping = options.isPortMapping ?? saved.portMapping ?? true;
    this.#settings = { tun: options.tun ?? saved.tun, userspace, portMapping };
  }

  get answers(): LocalAnswers | undefined {
    return this.#daemon?.answers;
  }

  get interfaceName(): string | null {
    return this.#datapath?.tunName ?? null;
  }

  get deviceId(): string {
    return this.#enrolled?.enrollment.deviceId ?? "";
  }

  async start(): Promise<Result<void, string>> {
    const { store, options, identity, signal, notify, log } = this.#deps;
    const name = deviceName(options.name, hostname());
    if (!name.ok) return err(`${name.error}.`);
    const enrollable = checkEnrollable(store, options);
    if (!enrollable.ok) return enrollable;
    const probe = new ProbeState({ store, log });
    this.#failed = Promise.withResolvers();
    const opened = await this.#openDatapath(probe.udpPort);
    if (!opened.ok) return err(opened.error);
    const datapath = opened.value;
    this.#datapath = datapath;
    if (signal.aborted) return err("stopped");

    if (this.#enrolled === undefined) {
      const { server, token } = options;
      const enrolled = await ensureEnrolled({ server, token, name: name.value, store, identity, signal });
      if (!enrolled.ok) return enrolled;
      this.#enrolled = enrolled.value;
      const { enrollment, isNew } = enrolled.value;
      const [address = ""] = enrollment.addresses;
      if (isNew) notify({ kind: "enrolled", name: enrollment.name, team: enrollment.team.name, address });
      this.#keepSettings();
    }
    // The port of earlier runs stays the device's own while it is only lent to somebody else.
    if (options.port !== undefined || probe.udpPort === 0) probe.keepUdpPort(datapath.sockets[0]?.port ?? 0);
    if (signal.aborted) return err("stopped");
    this.#startDaemon(this.#enrolled, { datapath, probe });
    return ok(undefined);
  }

  /** Until the signal. */
  async untilStopped(): Promise<void> {
    const { signal, log } = this.#deps;
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const backoff = newBackoff({
      firstMs: FIRST_RESTART_MS,
      ceilingMs: LONGEST_RESTART_MS,
      random: () => 0.5 + Math.random() / 2,
    });
    for (;;) {
      await Promise.race([stopped, this.#failed.promise]);
      if (signal.aborted) return;
      await this.#closeDaemon();
      await delay(backoff.next(), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      log.warn("the agent is started anew");
      const started = await this.start();
      if (started.ok || signal.aborted) continue;
      log.error(started.error);
      this.#failed.resolve();
    }
  }

  /** Everything that is owed to the disk is written before this settles. */
  async close(): Promise<void> {
    await this.#closeDaemon();
    this.#timestamps.close();
  }

  async #closeDaemon(): Promise<void> {
    const daemon = this.#daemon;
    const datapath = this.#datapath;
    this.#daemon = undefined;
    this.#datapath = undefined;
    this.#bench?.close();
    this.#bench = undefined;
    // The daemon closes its datapath; without one there may be a datapath all the same.
    await daemon?.close();
    await datapath?.close();
  }

  #startDaemon(
    { enrollment, isNew }: Enrolled,
    { datapath, probe }: { readonly datapath: Datapath; readonly probe: ProbeState },
  ): void {
    const { store, identity, log, notify } = this.#deps;
    if (datapath.tunName !== null) this.#bench = new BenchResponder({ addresses: enrollment.addresses, log });
    this.#daemon = new Daemon({
      store,
      identity,
      enrollment,
      isNewlyEnrolled: isNew && !this.#wasOnline,
      mapsPorts: this.#settings.portMapping !== false,
      datapath,
      probe,
      warnings: this.#warnings,
      log,
      onOnline: () => {
        if (!this.#wasOnline) this.#keepServer();
        this.#wasOnline = true;
        notify({ kind: "online" });
      },
      onOffline: (problem) => {
        if (!this.#wasOnline) notify({ kind: "offline", problem });
      },
    });
  }

  async #openDatapath(keptPort: number): Promise<Result<Datapath, string>> {
    const { identity, options, log } = this.#deps;
    const { tun, userspace: isUserspace } = this.#settings;
    const failed = this.#failed;
    const events: DatapathEvents = {
      onDatagram: (socket, from, bytes) => this.#daemon?.onDatagram(socket, from, bytes),
      onRelayOutput: (peerId, bytes) => this.#daemon?.onRelayOutput(peerId, bytes),
      onTraffic: (peerId) => this.#daemon?.onTraffic(peerId),
      onDataReceived: (peerId, via) => this.#daemon?.onDataReceived(peerId, via),
      onTimestamps: (stamps) => this.#timestamps.take(stamps),
      onSocket: (socket, port) => this.#daemon?.onSocket(socket, port),
      onError: (code, words) => {
        log.error(words, { code });
        this.#warnings.add(code, words);
        if (FATAL.has(code)) failed.resolve();
      },
    };
    const opened = await openDatapathFor({
      identity,
      tun,
      isUserspace,
      port: options.port,
      keptPort,
      timestamps: this.#timestamps.all,
      events,
      log,
    });
    if (!opened.ok) return err(opened.error.words);
    log.info("datapath open", { how: opened.value.description });
    return ok(opened.value);
  }

  /** A dashboard that moved has proven itself by its key: its new address is kept. */
  #keepServer(): void {
    const enrollment = this.#enrolled?.enrollment;
    const { store } = this.#deps;
    if (enrollment === undefined) return;
    this.#write(() => {
      if (store.load("enrollment")?.server !== enrollment.server) store.save("enrollment", enrollment);
    });
  }

  #keepSettings(): void {
    this.#write(() => this.#deps.store.save("settings", this.#settings));
  }

  #write(write: () => void): void {
    const file = new KeptOnDisk({ write, delayMs: 0, log: this.#deps.log });
    file.changed();
    file.close();
  }
}
