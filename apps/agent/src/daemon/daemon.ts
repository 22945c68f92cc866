/**
 * The running agent: datapath, path engine, control session and relay joined to each other.
 *
 * Nothing is decided here. News from one part is told to the others; each part knows what it means.
 */
import { type PathSnapshot, SocketIds } from "@pinhole/path-engine";
import { type DeviceId, fromBase64Url, toBase64Url } from "@pinhole/protocol";
import {
  type Candidate,
  METRICS_INTERVAL_MS,
  type NatProfile,
  type PathReport,
  type PathState,
  type SessionEvent,
} from "@pinhole/protocol/control";
import { monotonicMs, wallMs } from "../clock.ts";
import { ControlSession } from "../control/session.ts";
import { relayUrl } from "../control/server-url.ts";
import type { Datapath, DatapathEvents, Route } from "../datapath/contract.ts";
import { UNKNOWN_PATH_MTU } from "../datapath/inner-mtu.ts";
import type { Log } from "../log.ts";
import type { LocalNetworkWatch } from "../netcheck/local-network-watch.ts";
import { NatWatch } from "../netcheck/nat-watch.ts";
import { PortMapping } from "../portmap/port-mapping.ts";
import { RelayClient } from "../relay/relay-client.ts";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";
import { AttemptLog } from "./attempt-log.ts";
import { CandidateReporter } from "./candidate-reporter.ts";
import { EngineDriver } from "./engine-driver.ts";
import { FilterReporter } from "./filter-reporter.ts";
import { FirstContact } from "./first-contact.ts";
import { LocalAnswers } from "./local-answers.ts";
import { MetricsReporter } from "./metrics.ts";
import { NetmapKeeper } from "./netmap-keeper.ts";
import { noPath } from "./no-path.ts";
import { mergeCandidates } from "./own-candidates.ts";
import { PathNews } from "./path-news.ts";
import { PathReporter } from "./path-reporter.ts";
import { PeerFeed } from "./peer-feed.ts";
import { peerRelayPorts } from "./peer-relay-ports.ts";
import type { ProbeState } from "./probe-state.ts";
import { requestPlan } from "./request-plan.ts";
import { takeSample } from "./take-sample.ts";
import type { Warnings } from "./warnings.ts";
import { answerReachProbe } from "./try-reach.ts";
import { watchNetwork } from "./watch-network.ts";

const NO_NETMAP = { relays: [], peers: [] } as const;

export type DaemonDeps = {
  readonly store: StateStore;
  readonly identity: Identity;
  readonly enrollment: Enrollment;
  readonly isNewlyEnrolled: boolean;
  readonly mapsPorts: boolean;
  readonly datapath: Datapath;
  readonly probe: ProbeState;
  readonly warnings: Warnings;
  readonly log: Log;
  readonly onOnline: () => void;
  readonly onOffline: (problem: string) => void;
};

/** What the datapath says to a daemon. */
export type PacketEvents = Pick<
  DatapathEvents,
  "onDatagram" | "onSocket" | "onRelayOutput" | "onTraffic" | "onDataReceived"
>;

export class Daemon implements PacketEvents {
  readonly answers: LocalAnswers;
  readonly #deps: DaemonDeps;
  readonly #stop = new AbortController();
  readonly #engine: EngineDriver;
  readonly #feed: PeerFeed;
  readonly #netmap: NetmapKeeper;
  readonly #session: ControlSession;
  readonly #relay: RelayClient;
  readonly #network: LocalNetworkWatch;
  readonly #nat: NatWatch;
  /** Undefined: switched off. */
  readonly #portMapping: PortMapping | undefined;
  readonly #firstContact: FirstContact;
  readonly #paths: PathReporter;
  readonly #candidateReports: CandidateReporter;
  readonly #metrics: MetricsReporter;
  readonly #metricsTimer: NodeJS.Timeout;
  readonly #attempts = new AttemptLog();
  readonly #news: PathNews;
  readonly #filterReports = new FilterReporter((hash) => this.#session.calls.reportFilter(hash));
  #problem: string | undefined = "The control session is being opened.";
  #clockOffsetMs = wallMs() - monotonicMs();
  readonly #sessionDone: Promise<void>;

  constructor(deps: DaemonDeps) {
    const { store, identity, enrollment, datapath, probe, log } = deps;
    this.#deps = deps;
    const { bootCount, epoch, previousEpoch } = probe;
    const socketIds = new SocketIds();
    this.#engine = new EngineDriver(
      identity,
      { probe: { bootCount, epoch, ...(previousEpoch === undefined ? {} : { previousEpoch }) }, socketIds },
      {
        sendDatagram: (socket, to, bytes, options) => datapath.sendDatagram(socket, to, bytes, options),
        sendRelayed: (peerId, bytes) => this.#relay.send(peerId, bytes),
        sendBySession: (peerId, bytes) => void this.#session.calls.sendPunchNote({ peerId, note: toBase64Url(bytes) }),
        openSocket: (id, family) => datapath.openSocket(id, family),
        closeSocket: (id) => datapath.closeSocket(id),
        pathMtuChanged: (peerId, bytes) => datapath.setPathMtu(peerId, bytes ?? UNKNOWN_PATH_MTU),
        pathProven: (peerId, until) => datapath.setProven(peerId, until),
        pathChanged: (peerId, route, state) => this.#onPath(peerId, route, state),
        requestPunch: (peerId, trigger, failures) =>
          void requestPlan(this.#session.calls, this.#engine, { peerId, trigger, failures }),
        trace: (trace) => {
          this.#attempts.add(trace, this.#serverNow());
          void this.#session.calls.reportTrace(trace);
          // The end of an attempt is when the reason for the relay becomes known.
          this.#paths.refresh([trace.peerId]);
        },
      },
    );
    this.#feed = new PeerFeed({
      datapath,
      engine: this.#engine,
      selfAddresses: enrollment.addresses,
      now: monotonicMs,
      serverNow: () => this.#serverNow(),
    });
    this.#news = new PathNews({
      log,
      nameOf: (peerId) => this.#feed.nameOf(peerId),
      onChange: (peerId) => {
        this.#paths.changed(peerId);
        this.#firstContact.consider();
      },
    });
    this.#netmap = new NetmapKeeper(store, log, (netmap) => {
      this.#feed.apply(netmap);
      this.#filterReports.changed(netmap?.filter ?? []);
      this.#news.forgetAllBut((peerId) => this.#feed.has(peerId));
      this.#nat.setServers(netmap?.stun ?? []);
      this.#relay.setNetmap(netmap ?? NO_NETMAP);
      this.#portMapping?.onStunServers();
      this.#firstContact.consider();
    });
    this.#session = new ControlSession({
      enrollment,
      identity,
      log,
      signal: this.#stop.signal,
      handlers: {
        revision: () => this.#netmap.revision,
        onEvent: (event) => this.#onEvent(event),
        onUnreadablePlan: (peerId) => this.#engine.tell((engine) => engine.onPunchRefused(peerId, "not-understood")),
        onOnline: () => this.#onOnline(),
        onOffline: (problem) => this.#onOffline(problem),
        onClock: (offsetMs, uncertaintyMs) => {
          this.#clockOffsetMs = offsetMs;
          this.#engine.tell((engine) => engine.setClock(offsetMs, uncertaintyMs));
          this.#feed.onClock();
        },
      },
    });
    this.#relay = new RelayClient({
      urlOf: ({ url }) => relayUrl(enrollment.server, url),
      sign: identity.sign,
      onPacket: (from, bytes) => this.#onRelayed(from, bytes),
      onState: (isUp) => {
        log.info(isUp ? "relay is up" : "relay is down");
        this.#engine.tell((engine) => engine.onRelay(isUp));
        this.#firstContact.consider();
      },
      onChoice: (peerIds) => this.#onRelayChoice(peerIds),
      onDistances: () => this.#candidateReports.changed(),
      devices: peerRelayPorts({
        selfId: enrollment.deviceId,
        engine: this.#engine,
        datapath,
        calls: this.#session.calls,
        now: () => this.#serverNow(),
      }),
      log,
    });
    this.#network = watchNetwork(
      datapath,
      () => this.#ranges(),
      (what) => this.#onNetworkChange(what),
    );
    this.#nat = new NatWatch({
      dashboard: enrollment.server,
      datapath,
      socketIds,
      localAddresses: () => this.#network.current.addresses,
      routerAddress: () => this.#portMapping?.routerAddress,
      now: () => this.#serverNow(),
      onChange: () => this.#publish(),
      onMoved: () => this.#onMoved(),
      log,
    });
    const { calls } = this.#session;
    if (deps.mapsPorts)
      this.#portMapping = new PortMapping({
        identity,
        datapath,
        calls,
        dashboard: enrollment.server,
        stunServers: () => this.#netmap.current?.stun ?? [],
        onChange: () => this.#publish(),
        log,
      });
    this.#firstContact = new FirstContact(deps.isNewlyEnrolled, {
      ping: (peerId, seq, timeoutMs) => datapath.ping(peerId, seq, timeoutMs),
      peers: () => (this.#netmap.current?.peers ?? []).flatMap(({ id, online }) => (online ? [id] : [])),
      hasWay: (peerId) => this.#relay.isUp || this.#pathOf(peerId).path.kind === "direct",
    });
    this.#paths = new PathReporter({
      read: (peerId) => this.#pathReport(peerId),
      send: (reports) => calls.reportPaths(reports),
    });
    this.#candidateReports = new CandidateReporter({
      read: () => ({
        candidates: this.#candidates(),
        natProfile: this.#natProfile(),
        proofs: this.#nat.proofs,
        probeEpoch: toBase64Url(probe.epoch),
        roundTripMs: Math.min(60_000, this.#session.roundTripMs ?? 0),
        relays: this.#relay.distances,
      }),
      send: (report) => calls.reportCandidates(report),
    });
    this.#metrics = new MetricsReporter(takeSample(datapath.stats(), this.#engine));
    this.#metricsTimer = setInterval(() => {
      void calls.reportMetrics(this.#metrics.report(takeSample(datapath.stats(), this.#engine)));
      this.#paths.refresh(this.#feed.ids);
    }, METRICS_INTERVAL_MS);
    this.answers = new LocalAnswers({
      enrollment,
      datapath,
      session: this.#session,
      relay: this.#relay,
      nat: this.#nat,
      natProfile: () => this.#natProfile(),
      portMapping: this.#portMapping,
      netmap: () => this.#netmap.current,
      candidates: () => this.#candidates(),
      attempts: this.#attempts,
      pathOf: (peerId) => this.#pathOf(peerId),
      problem: () => this.#problem,
      warnings: () => deps.warnings.all,
    });

    this.#engine.tell((engine) => engine.setClock(this.#clockOffsetMs, 60_000));
    this.#tellLocal();
    this.#feed.apply(this.#netmap.current);
    this.#nat.setServers(this.#netmap.current?.stun ?? []);
    this.#relay.setNetmap(this.#netmap.current ?? NO_NETMAP);
    this.#portMapping?.start();
    this.#sessionDone = this.#session.run();
  }

  /** Everything that is owed to the disk is written before this settles; the interface is gone. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#metricsTimer);
    this.#network.close();
    this.#nat.close();
    this.#firstContact.close();
    this.#feed.close();
    this.#paths.close();
    this.#candidateReports.close();
    this.#relay.close();
    this.#engine.close();
    this.#netmap.close();
    await this.#portMapping?.close();
    await Promise.all([this.#sessionDone, this.#deps.datapath.close()]);
  }

  onDatagram(socket: number, from: { address: string; port: number }, bytes: Uint8Array): void {
    // What is passed on for others comes in numbers, and opens no probe.
    if (this.#relay.onDatagram(from, bytes)) return;
    const taken = this.#engine.tell((engine) => engine.onDatagram(socket, from, bytes));
    if (taken !== "not-ours" || this.#portMapping?.onDatagram(from, bytes) === true) return;
    this.#nat.onDatagram(socket, from, bytes);
  }

  onSocket(socket: number, port: number | null): void {
    this.#engine.tell((engine) => engine.onSocket(socket, port));
    this.#nat.onSocket(socket, port);
  }

  onRelayOutput(peerId: DeviceId, bytes: Uint8Array): void {
    this.#relay.send(peerId, bytes);
  }

  #onRelayed(from: DeviceId, bytes: Uint8Array): void {
    // Nearly all of it is the tunnel's, and the engine says so by the index alone.
    const taken = this.#engine.tell((engine) => engine.onRelayed(bytes));
    if (taken === "not-ours") this.#deps.datapath.relayInput(from, bytes);
  }

  onTraffic(peerId: DeviceId): void {
    this.#engine.tell((engine) => engine.onTraffic(peerId));
  }

  onDataReceived: PacketEvents["onDataReceived"] = (peerId, via) => {
    this.#engine.tell((engine) => engine.onDataReceived(peerId, via));
  };

  #onEvent(event: SessionEvent): void {
    if (event.kind === "punch") return this.#feed.onPlan(event.plan);
    if (event.kind === "relay-ticket") {
      const ticket = fromBase64Url(event.ticket);
      if (ticket !== undefined) this.#relay.setTicket(ticket);
      return;
    }
    if (event.kind === "punch-note") {
      const note = fromBase64Url(event.note);
      if (note !== undefined) this.#engine.tell((engine) => engine.onNote(note));
      return;
    }
    if (event.kind === "relay-lanes") return this.#relay.onLanes(event.lanes);
    if (event.kind === "reach-probe") return answerReachProbe(event, this.#session.calls);
    if (event.kind === "revoked") this.#relay.forgetTicket();
    if (this.#netmap.take(event) === "stale")
      this.#session.giveUp(
        "The dashboard sent a change to another netmap than this device has; it is asked for the whole.",
      );
  }

  #onOnline(): void {
    this.#problem = undefined;
    // Only now can peers be told of a new epoch.
    const epoch = this.#deps.probe.renew();
    if (epoch !== undefined) this.#engine.tell((engine) => engine.setProbeEpoch(epoch));
    this.#tellLocal();
    this.#candidateReports.begin();
    this.#filterReports.begin(this.#netmap.current?.filter);
    for (const peerId of this.#feed.ids) this.#paths.changed(peerId);
    this.#engine.tell((engine) => engine.onControl(true));
    this.#relay.onControl(true);
    this.#portMapping?.onOnline();
    this.#relay.hurry();
    this.#deps.log.info("online", { server: this.#deps.enrollment.server });
    this.#deps.onOnline();
  }

  #onOffline(problem: string): void {
    this.#problem = problem;
    this.#engine.tell((engine) => engine.onControl(false));
    this.#relay.onControl(false);
    this.#deps.onOffline(problem);
  }

  #onNetworkChange(what: string): void {
    this.#deps.log.info("everything is opened anew", { because: what });
    this.#nat.onNetworkChange();
    this.#portMapping?.onNetworkChange();
    this.#tellLocal();
    this.#engine.tell((engine) => engine.onNetworkChange());
    this.#session.reconnect();
    this.#relay.reconnect();
    void this.#nat.measure(this.#netmap.current?.stun ?? []);
  }

  /** Sockets and addresses of this machine are as they were. */
  #onMoved(): void {
    this.#deps.log.info("the public address changed");
    this.#engine.tell((engine) => engine.onNetworkChange());
    this.#session.reconnect();
    this.#relay.reconnect();
  }

  /** The engine knows that there is a relay, not which one. */
  #onRelayChoice(peerIds: readonly DeviceId[]): void {
    for (const peerId of peerIds) {
      const { path } = this.#pathOf(peerId);
      if (path.kind === "relay") this.#news.tell(peerId, path);
    }
  }

  #onPath(peerId: DeviceId, route: Route, state: PathState): void {
    this.#deps.datapath.setRoute(peerId, route);
    this.#relay.setRoute(peerId, route);
    if (route.relay) this.#nat.look();
    this.#news.tell(peerId, this.#withRelay(peerId, state));
  }

  /** What a router opened first: it is reached from anywhere, and where it is also known otherwise, this says more of it. */
  #candidates(): Candidate[] {
    return mergeCandidates(this.#portMapping?.candidates ?? [], this.#network.current.candidates, this.#nat.candidates);
  }

  #natProfile(): NatProfile | null {
    const { profile } = this.#nat;
    const portMapping = this.#portMapping?.state;
    return profile === null || portMapping === undefined ? profile : { ...profile, portMapping };
  }

  #tellLocal(): void {
    const { datapath } = this.#deps;
    this.#engine.tell((engine) =>
      engine.setLocal({
        sockets: datapath.sockets.map(({ id, family }) => ({ id, family })),
        candidates: this.#candidates(),
        connectedPrefixes: this.#network.current.connectedPrefixes,
        natProfile: this.#natProfile(),
        overlayPrefixes: this.#ranges(),
        stunServers: this.#nat.servers,
      }),
    );
  }

  #publish(): void {
    this.#nat.onRouter();
    this.#tellLocal();
    this.#candidateReports.changed();
  }

  #pathOf(peerId: DeviceId): Omit<PathSnapshot, "route" | "trying"> {
    const snapshot = this.#engine.tell((engine) => engine.snapshot(peerId));
    if (snapshot === undefined) return noPath(this.#serverNow());
    return { ...snapshot, path: this.#withRelay(peerId, snapshot.path) };
  }

  #withRelay(peerId: DeviceId, state: PathState): PathState {
    return state.kind === "relay" ? { ...state, ...this.#relay.pathTo(peerId) } : state;
  }

  #pathReport(peerId: DeviceId): PathReport | undefined {
    if (!this.#feed.has(peerId)) return undefined;
    const { path, reason } = this.#pathOf(peerId);
    return { peerId, path, ...(reason === undefined ? {} : { reason }) };
  }

  #ranges(): readonly string[] {
    return this.#netmap.current?.self.ranges ?? [];
  }

  #serverNow(): number {
    return monotonicMs() + this.#clockOffsetMs;
  }
}
