/**
 * The running agent: datapath, path engine, control session, relay and local API joined to each other.
 *
 * Nothing is decided here. News from one part is told to the others; each part knows what it means.
 */
import { networkInterfaces } from "node:os";
import type { PathSnapshot } from "@pinhole/path-engine";
import { type DeviceId, fromBase64Url, parsePrefix } from "@pinhole/protocol";
import {
  METRICS_INTERVAL_MS,
  type Netmap,
  type NetmapPeer,
  type PathReport,
  type SessionEvent,
} from "@pinhole/protocol/control";
import { monotonicMs, wallMs } from "../clock.ts";
import { ControlSession } from "../control/session.ts";
import { relayUrl } from "../control/server-url.ts";
import type { Datapath, Via } from "../datapath/datapath.ts";
import type { Log } from "../log.ts";
import { LocalNetworkWatch } from "../netcheck/local-network-watch.ts";
import { NatWatch } from "../netcheck/nat-watch.ts";
import { RelayClient } from "../relay/relay-client.ts";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";
import { VERSION } from "../version.ts";
import { buildStatus } from "./build-status.ts";
import { EngineDriver } from "./engine-driver.ts";
import type { Netcheck, PingReply, Status } from "./local-messages.ts";
import { MetricsReporter } from "./metrics.ts";
import { NetmapKeeper } from "./netmap-keeper.ts";
import { PathReporter } from "./path-reporter.ts";
import { findPeer } from "./find-peer.ts";
import { beginBoot, renewEpoch } from "./probe-state.ts";
import type { DatapathHandlers } from "./open-datapath.ts";

/** A new device shows that it reaches others: the first few that are online, one echo each. */
const FIRST_CONTACTS = 8;
const FIRST_CONTACT_TIMEOUT_MS = 5_000;

export type DaemonDeps = {
  readonly store: StateStore;
  readonly identity: Identity;
  readonly enrollment: Enrollment;
  readonly isNewlyEnrolled: boolean;
  readonly openDatapath: (port: number, handlers: DatapathHandlers) => Promise<Datapath>;
  readonly log: Log;
  readonly onOnline: () => void;
  readonly onOffline: (problem: string) => void;
};

export class Daemon {
  readonly #deps: DaemonDeps;
  readonly #stop = new AbortController();
  readonly #datapath: Datapath;
  readonly #engine: EngineDriver;
  readonly #netmap: NetmapKeeper;
  readonly #session: ControlSession;
  readonly #paths: PathReporter;
  readonly #network: LocalNetworkWatch;
  readonly #nat: NatWatch;
  readonly #metrics: MetricsReporter;
  readonly #metricsTimer: NodeJS.Timeout;
  #runtime: ReturnType<typeof beginBoot>["runtime"];
  #epoch: Uint8Array;
  #isEpochRenewed = false;
  #relay: RelayClient | undefined;
  #knownPeers = new Set<DeviceId>();
  #problem: string | undefined = "The control session is being opened.";
  #clockOffsetMs = wallMs() - monotonicMs();
  #isFirstContactDue: boolean;
  #sessionDone: Promise<void> = Promise.resolve();

  static async start(deps: DaemonDeps): Promise<Daemon> {
    const boot = beginBoot(deps.store);
    // The datapath's first events may come before the daemon that hears them stands.
    const early: { daemon?: Daemon } = {};
    const datapath = await deps.openDatapath(boot.runtime.udpPort, {
      onDatagram: (socket, from, bytes) => early.daemon?.onDatagram(socket, from, bytes),
      onRelayOutput: (peerId, bytes) => early.daemon?.onRelayOutput(peerId, bytes),
      onTraffic: (peerId) => early.daemon?.onTraffic(peerId),
      onDataReceived: (peerId, via) => early.daemon?.onDataReceived(peerId, via),
    });
    const daemon = new Daemon(deps, datapath, boot);
    early.daemon = daemon;
    daemon.#begin();
    return daemon;
  }

  private constructor(deps: DaemonDeps, datapath: Datapath, boot: ReturnType<typeof beginBoot>) {
    const { store, identity, enrollment, log } = deps;
    this.#deps = deps;
    this.#datapath = datapath;
    this.#runtime = { ...boot.runtime, udpPort: datapath.sockets[0]?.port ?? 0 };
    store.save("runtime", this.#runtime);
    this.#epoch = boot.probe.epoch;
    this.#isFirstContactDue = deps.isNewlyEnrolled;
    this.#engine = new EngineDriver(identity, boot.probe, {
      sendProbe: (socket, to, bytes) => datapath.sendDatagram(socket, to, bytes),
      pathChanged: (peerId, route, state) => {
        datapath.setRoute(peerId, route);
        log.info("path changed", {
          peer: this.#nameOf(peerId),
          kind: state.kind,
          type: state.type,
          rttMs: state.rttMs,
        });
        this.#paths.changed(peerId);
      },
      requestPunch: (peerId, trigger) =>
        void this.#session.requestPunch(peerId, trigger).then((answer) => {
          if (answer !== "asked") this.#engine.tell((engine) => engine.onPunchRefused(peerId, answer));
        }),
      trace: (trace) => void this.#session.reportTrace(trace),
    });
    this.#paths = new PathReporter({
      read: (peerId) => this.#pathReport(peerId),
      send: (reports) => this.#session.reportPaths(reports),
    });
    this.#session = new ControlSession({
      enrollment,
      identity,
      log,
      signal: this.#stop.signal,
      handlers: {
        revision: () => this.#netmap.current?.revision ?? null,
        onEvent: (event) => this.#onEvent(event),
        onOnline: () => this.#onOnline(),
        onOffline: (problem) => this.#onOffline(problem),
        onClock: (offsetMs, uncertaintyMs) => {
          this.#clockOffsetMs = offsetMs;
          this.#engine.tell((engine) => engine.setClock(offsetMs, uncertaintyMs));
        },
      },
    });
    this.#network = new LocalNetworkWatch({
      read: networkInterfaces,
      sockets: datapath.sockets,
      ownInterface: datapath.tunName,
      overlayRanges: () =>
        (this.#netmap.current?.self.ranges ?? []).flatMap((text) => {
          const prefix = parsePrefix(text);
          return prefix.ok ? [prefix.value] : [];
        }),
      onChange: () => this.#onNetworkChange(),
    });
    this.#nat = new NatWatch({
      dashboard: enrollment.server,
      datapath,
      localAddresses: () => this.#network.current.addresses,
      now: () => this.#serverNow(),
      onChange: () => this.#publish(),
      log,
    });
    this.#netmap = new NetmapKeeper(store, (netmap) => this.#apply(netmap));
    this.#metrics = new MetricsReporter(this.#sample());
    this.#metricsTimer = setInterval(() => this.#reportMetrics(), METRICS_INTERVAL_MS);
  }

  #begin(): void {
    this.#engine.tell((engine) => engine.setClock(this.#clockOffsetMs, 60_000));
    this.#tellLocal();
    this.#apply(this.#netmap.current);
    void this.#nat.measure(this.#netmap.current?.stun ?? []);
    this.#sessionDone = this.#session.run();
  }

  /** Everything that is owed to the disk is written before this settles. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#metricsTimer);
    this.#network.close();
    this.#nat.close();
    this.#paths.close();
    this.#relay?.close();
    this.#engine.close();
    await this.#sessionDone;
    this.#netmap.flush();
    await this.#datapath.close();
  }

  onDatagram(socket: number, from: { address: string; port: number }, bytes: Uint8Array): void {
    if (this.#nat.onDatagram(socket, from, bytes)) return;
    this.#engine.tell((engine) => engine.onDatagram(socket, from, bytes));
  }

  onRelayOutput(peerId: DeviceId, bytes: Uint8Array): void {
    this.#relay?.send(peerId, bytes);
  }

  onTraffic(peerId: DeviceId): void {
    this.#engine.tell((engine) => engine.onTraffic(peerId));
  }

  onDataReceived(peerId: DeviceId, via: Via): void {
    this.#engine.tell((engine) => engine.onDataReceived(peerId, via));
  }

  status(): Status {
    return buildStatus({
      version: VERSION,
      enrollment: this.#deps.enrollment,
      netmap: this.#netmap.current,
      isOnline: this.#session.isOnline,
      problem: this.#problem,
      interfaceName: this.#datapath.tunName,
      natProfile: this.#nat.profile,
      stats: this.#datapath.stats(),
      pathOf: (peerId) => this.#pathOf(peerId),
    });
  }

  async netcheck(): Promise<Netcheck> {
    const report = await this.#nat.measure(this.#netmap.current?.stun ?? []);
    const control = this.#session.clock.best;
    return {
      udp: report.profile.udp,
      natProfile: report.profile,
      candidates: this.#candidates(),
      stun: [...report.answers],
      relays:
        this.#relay === undefined
          ? []
          : [{ name: this.#relayName(), connected: this.#relay.isUp, rttMs: this.#relay.rttMs }],
      control: { online: this.#session.isOnline, rttMs: control?.roundTripMs ?? null },
    };
  }

  /** `undefined`: no such peer. */
  async ping(wanted: string, timeoutMs: number): Promise<PingReply | undefined> {
    const peer = findPeer(this.#netmap.current, wanted);
    if (peer === undefined) return undefined;
    const reply = await this.#datapath.ping(peer.id, 1, timeoutMs);
    if (reply === "timeout") return { seq: 1, rttMs: null, path: "none" };
    const rttMs = Math.round(reply.rttMs * 100) / 100;
    if (reply.via === "relay") return { seq: 1, rttMs, path: "relay", relay: this.#relayName() };
    const { address, port } = reply.via;
    return {
      seq: 1,
      rttMs,
      path: "direct",
      endpoint: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    };
  }

  #onEvent(event: SessionEvent): void {
    if (event.kind === "punch") return this.#engine.tell((engine) => engine.onPlan(event.plan));
    if (event.kind === "relay-ticket") return this.#takeTicket(event.ticket);
    if (this.#netmap.take(event) !== "stale") return this.#firstContact();
    this.#deps.log.warn("a change for another netmap than the one held: asking for the whole");
    this.#netmap.forget();
    this.#session.reconnect();
  }

  #onOnline(): void {
    this.#problem = undefined;
    // Only now can peers be told of a new epoch.
    if (!this.#isEpochRenewed) {
      const renewed = renewEpoch(this.#runtime);
      this.#deps.store.save("runtime", renewed.runtime);
      this.#runtime = renewed.runtime;
      this.#epoch = renewed.epoch;
      this.#isEpochRenewed = true;
      this.#engine.tell((engine) => engine.setProbeEpoch(renewed.epoch));
    }
    this.#publish();
    for (const peerId of this.#knownPeers) this.#paths.changed(peerId);
    this.#engine.tell((engine) => engine.onControl(true));
    this.#deps.log.info("online", { server: this.#deps.enrollment.server });
    this.#deps.onOnline();
  }

  #onOffline(problem: string): void {
    this.#problem = problem;
    this.#engine.tell((engine) => engine.onControl(false));
    this.#deps.onOffline(problem);
  }

  #onNetworkChange(): void {
    this.#deps.log.info("network changed");
    this.#tellLocal();
    this.#engine.tell((engine) => engine.onNetworkChange());
    this.#nat.forget();
    void this.#nat.measure(this.#netmap.current?.stun ?? []);
    this.#session.reconnect();
    this.#relay?.reconnect();
  }

  #apply(netmap: Netmap | undefined): void {
    const { enrollment } = this.#deps;
    const peers = netmap?.peers ?? [];
    this.#datapath.configure({
      peers: peers.map(({ id, nodeKey, addresses }) => ({ id, nodeKey, addresses })),
      filter: netmap?.filter ?? [],
      selfAddresses: netmap?.self.addresses ?? enrollment.addresses,
      ranges: netmap?.self.ranges ?? [],
    });
    const present = new Set(peers.map(({ id }) => id));
    this.#engine.tell((engine) => {
      for (const id of this.#knownPeers) if (!present.has(id)) engine.removePeer(id);
      for (const peer of peers) engine.upsertPeer(peerInfo(peer));
    });
    this.#knownPeers = present;
    this.#nat.setServers(netmap?.stun ?? []);
  }

  #takeTicket(text: string): void {
    const ticket = fromBase64Url(text);
    if (ticket === undefined) return;
    this.#relay ??= new RelayClient({
      url: relayUrl(this.#deps.enrollment.server, this.#netmap.current?.relays[0]?.url ?? ""),
      sign: this.#deps.identity.sign,
      onPacket: (from, bytes) => this.#datapath.relayInput(from, bytes),
      onState: (isUp) => this.#engine.tell((engine) => engine.onRelay(isUp, this.#relayName())),
      onPeerAbsent: (peerId) => this.#deps.log.debug("peer is not at the relay", { peer: this.#nameOf(peerId) }),
      log: this.#deps.log,
    });
    this.#relay.setTicket(ticket);
  }

  /** A device that has just joined proves at once that it reaches the others, or shows why not. */
  #firstContact(): void {
    const peers = (this.#netmap.current?.peers ?? []).filter(({ online }) => online);
    if (!this.#isFirstContactDue || peers.length === 0) return;
    this.#isFirstContactDue = false;
    for (const { id } of peers.slice(0, FIRST_CONTACTS)) void this.#datapath.ping(id, 1, FIRST_CONTACT_TIMEOUT_MS);
  }

  #candidates() {
    return [...this.#network.current.candidates, ...this.#nat.candidates].slice(0, 16);
  }

  #tellLocal(): void {
    this.#engine.tell((engine) =>
      engine.setLocal({
        sockets: this.#datapath.sockets.map(({ id, family }) => ({ id, family })),
        candidates: this.#candidates(),
        connectedPrefixes: this.#network.current.connectedPrefixes,
        natProfile: this.#nat.profile,
        overlayPrefixes: this.#netmap.current?.self.ranges ?? [],
      }),
    );
  }

  #publish(): void {
    this.#tellLocal();
    void this.#session.reportCandidates({
      candidates: this.#candidates(),
      natProfile: this.#nat.profile,
      probeEpoch: Buffer.from(this.#epoch).toString("base64url"),
      roundTripMs: this.#session.clock.best?.roundTripMs ?? 0,
    });
  }

  #pathOf(peerId: DeviceId): Pick<PathSnapshot, "path" | "reason"> {
    const snapshot = this.#engine.tell((engine) => engine.snapshot(peerId));
    return snapshot ?? { path: { kind: "none", since: Math.round(this.#serverNow()) } };
  }

  #pathReport(peerId: DeviceId): PathReport | undefined {
    if (!this.#knownPeers.has(peerId)) return undefined;
    const { path, reason } = this.#pathOf(peerId);
    return { peerId, path, ...(reason === undefined ? {} : { reason }) };
  }

  #reportMetrics(): void {
    void this.#session.reportMetrics(this.#metrics.report(this.#sample()));
  }

  #sample() {
    const { user, system } = process.cpuUsage();
    return {
      at: monotonicMs(),
      cpuMicros: user + system,
      memoryBytes: process.memoryUsage.rss(),
      stats: this.#datapath.stats(),
      pathOf: (peerId: DeviceId) => {
        const snapshot = this.#engine.tell((engine) => engine.snapshot(peerId));
        return {
          kind: snapshot?.path.kind ?? "none",
          rttMs: snapshot?.rttMs ?? null,
          loss: snapshot?.lossRatio ?? null,
        };
      },
    };
  }

  #relayName(): string {
    return this.#netmap.current?.relays[0]?.name ?? "dashboard";
  }

  #nameOf(peerId: DeviceId): string {
    return this.#netmap.current?.peers.find(({ id }) => id === peerId)?.name ?? peerId;
  }

  #serverNow(): number {
    return monotonicMs() + this.#clockOffsetMs;
  }
}

function peerInfo(peer: NetmapPeer) {
  return {
    id: peer.id,
    nodeKey: fromBase64Url(peer.nodeKey) ?? new Uint8Array(32),
    candidates: peer.candidates,
    natProfile: peer.natProfile,
    probeEpoch: peer.probeEpoch === null ? null : (fromBase64Url(peer.probeEpoch) ?? null),
    online: peer.online,
    overlayPrefixes: peer.addresses,
  };
}
