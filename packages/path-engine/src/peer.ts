/**
 * One peer: joins its pairs, its path, the attempt that is running and the requests for the
 * next one. The engine owns time, keys and budgets and is reached through {@link PeerHost}.
 */
import { type AttemptId, type DeviceId, type Endpoint, fromBase64Url } from "@pinhole/protocol";
import type { PathState, PunchPlan, Reason } from "@pinhole/protocol/control";
import type { Note } from "@pinhole/protocol/probe";
import { Attempt } from "./attempt.ts";
import type { PathSnapshot, PeerInfo, RefusalCode, Route, SocketId } from "./contract.ts";
import { DataWatch } from "./data-watch.ts";
import { InFlight } from "./in-flight.ts";
import { LoneProbing } from "./lone-probing.ts";
import { isSendable } from "./may-probe.ts";
import { type Pair, pathTypeOf } from "./pair.ts";
import { PairTable } from "./pair-table.ts";
import { PathEvidence } from "./path-evidence.ts";
import { describePath } from "./path-state.ts";
import { PathUpkeep } from "./path-upkeep.ts";
import type { PeerHost } from "./peer-host.ts";
import { isSameReachability } from "./peer-news.ts";
import { PeerPath } from "./peer-path.ts";
import { admitted, targetsOf } from "./probe-targets.ts";
import { type Failure, relayReason } from "./relay-reason.ts";
import { Retry } from "./retry.ts";
import { SocketSweep } from "./socket-sweep.ts";

/** Traffic this recent asks for a direct path. */
const DEMAND_MS = 10_000;

/** Traffic after a longer silence begins anew instead of waiting for the back-off of back then. */
const SILENCE_MS = 60_000;

/** Without a coordinator both sides go on this long after the last traffic: the one that only answers hears nothing once the path is gone. */
const ALONE_DEMAND_MS = 120_000;

/** Answers to one endpoint's pings by pings of our own are at least this far apart. */
const TRIGGERED_SPACING_MS = 20;

/** How long after it was first heard by another way a peer counts as moving. */
const MOVING_MS = 2_500;

/** When to try again that for which there was no budget. */
const POSTPONE_MS = 250;

const MAX_EARLY_NOTES = 4;

export class Peer {
  readonly inFlight = new InFlight();
  readonly evidence: PathEvidence;
  readonly #host: PeerHost;
  readonly #pairs: PairTable;
  readonly #path: PeerPath;
  readonly #upkeep: PathUpkeep;
  readonly #sweep: SocketSweep;
  readonly #retry: Retry;
  #info: PeerInfo;
  #attempt: Attempt | undefined;
  /** Of the last attempt that ended. */
  #endedId: AttemptId | undefined;
  readonly #lone: LoneProbing;
  #isRefusedOffline = false;
  #failure: Failure | undefined;
  /** Of an attempt whose plan has not come yet. */
  #early: Note[] = [];
  #trafficAt = Number.NEGATIVE_INFINITY;
  #demandUntil = Number.NEGATIVE_INFINITY;
  readonly #data = new DataWatch();
  #movedAt = Number.NEGATIVE_INFINITY;
  #since: { readonly what: string; readonly at: number };
  #reported = "";
  #reportedMtu: number | undefined;

  constructor(info: PeerInfo, host: PeerHost, now: number) {
    this.#info = info;
    this.#host = host;
    this.#pairs = new PairTable((socket) => host.familyOf(socket));
    this.#path = new PeerPath((pair) => pathTypeOf(pair, host.surroundings().vicinity));
    this.#upkeep = new PathUpkeep({ peer: this, host, pairs: this.#pairs, path: this.#path, data: this.#data });
    this.#sweep = new SocketSweep({ peer: this, host, pairs: this.#pairs });
    this.evidence = new PathEvidence(this.#path, this.#pairs);
    this.#retry = new Retry(() => host.random());
    this.#lone = new LoneProbing(() => host.random());
    this.#since = { what: "", at: now };
    this.retarget(now);
  }

  get id(): DeviceId {
    return this.#info.id;
  }

  get info(): PeerInfo {
    return this.#info;
  }

  update(info: PeerInfo, now: number): void {
    const before = this.#info;
    this.#info = info;
    this.retarget(now);
    const isNews = !isSameReachability(before, info);
    if (isNews) this.#upkeep.onReachability(now);
    if (isNews || (info.online && !before.online)) this.#retry.reset("network-change", now);
  }

  /** Works out anew what may be probed: our sockets or networks, or the peer's candidates, are others. */
  retarget(now: number): void {
    if (this.isRelayOnly) return this.#withdraw(now);
    const { vicinity, sockets } = this.#host.surroundings();
    const before = new Set(this.#pairs.all());
    this.#pairs.setTargets(targetsOf(this.#info, vicinity), sockets, now);
    for (const pair of this.#pairs.named()) if (!before.has(pair)) this.#attempt?.add(pair, now);
    const active = this.#path.active;
    if (active !== undefined && !this.#pairs.has(active)) this.#onLost(now);
  }

  /** Neither side may learn where the other is: nothing is sent to it, not even an answer. */
  get isRelayOnly(): boolean {
    return this.#info.transport === "relay-only";
  }

  #withdraw(now: number): void {
    if (this.#attempt !== undefined) this.#finishAttempt(now, true);
    this.#lone.stop();
    this.#pairs.clear();
    if (this.#path.active !== undefined) this.#path.drop();
    this.#host.closeUnusedSockets(this.id, () => false);
  }

  onPlan(plan: PunchPlan, now: number): void {
    if (this.isRelayOnly) return;
    if (this.#attempt?.plan.attemptId === plan.attemptId) return;
    if (this.#attempt !== undefined) this.#finishAttempt(now, true);
    this.#info = {
      ...this.#info,
      candidates: plan.peerCandidates,
      natProfile: plan.peerNatProfile,
      probeEpoch: fromBase64Url(plan.peerProbeEpoch) ?? this.#info.probeEpoch,
    };
    this.retarget(now);
    this.#retry.onPlan(now);
    this.#isRefusedOffline = false;
    this.#lone.stop();
    const host = this.#host;
    this.#attempt = new Attempt({ plan, now, clock: host.clock, peer: this, host, pairs: this.#pairs });
    const pairs = new Set([...this.#pairs.named(), ...this.#pairs.all().filter((pair) => pair.isVerified(now))]);
    for (const pair of pairs) this.#attempt.add(pair, now);
    for (const note of this.#early.splice(0)) this.onNote(note, now);
  }

  /** The peer's side of an attempt speaks. The relay may be faster than the plan. */
  onNote(note: Note, now: number): void {
    if (note.topic === "moving") return this.#onMoving(note, now);
    if (this.#attempt?.isAbout(note) !== true) {
      this.#early = [...this.#early.slice(1 - MAX_EARLY_NOTES), note];
      return;
    }
    const { vicinity } = this.#host.surroundings();
    const entries = admitted(note, this.#info, { plan: this.#attempt.plan, vicinity });
    if (entries.length > 0) this.#attempt.onNote({ ...note, entries }, now);
  }

  /** The coordinator has a plan for the pair and names it; the plan itself comes by {@link onPlan}. */
  onPlanned(attemptId: AttemptId, now: number): void {
    if (attemptId === this.#endedId) this.#retry.onStale(now);
  }

  #onMoving(note: Note, now: number): void {
    if (this.isRelayOnly) return;
    const { vicinity } = this.#host.surroundings();
    const [entry] = admitted(note, this.#info, { vicinity });
    if (entry !== undefined) this.#upkeep.onMoving(entry.endpoint, now);
  }

  onRefused(code: RefusalCode, now: number): void {
    if (code === "offline") {
      this.#isRefusedOffline = true;
      this.#retry.onOffline(now);
      return;
    }
    if (code === "awaiting-turn") return this.#retry.onTurnAwaited(now);
    if (code === "no-candidates" || code === "not-understood") this.#failure = code;
    this.#retry.onFailure(now);
  }

  /**
   * An authenticated ping came in: whatever it came from is worth a ping of our own, unless that is proven already, or a path
   * to that address is. A NAT that maps by endpoint has another port for each answer, and two of them would go on for ever.
   */
  onPing(socket: SocketId, from: Endpoint, now: number): void {
    const known = this.#pairs.get(socket, from);
    const pair = known ?? this.#pairs.learn(socket, from, now);
    if (pair === undefined) {
      this.#attempt?.onHeardFrom(from, now);
      return;
    }
    if (known === undefined) {
      this.#onMoved(now);
      this.#attempt?.onDiscovered(pair, now);
    }
    pair.heardAt = now;
    this.#attempt?.onPingReceived(pair, now);
    // The first of the shots that the discovery added, unless the plan has not started yet.
    if (known === undefined) this.#runAttempt(now);
    if (!pair.isVerified(now) && !this.#isReachedAt(pair)) this.#seek(pair, now, TRIGGERED_SPACING_MS);
  }

  /** A pong to `socket`; whether it answers one of our pings is found out here. */
  onPong(at: { readonly txId: Uint8Array; readonly socket: SocketId; readonly observed: Endpoint }, now: number): void {
    const ping = this.inFlight.answer(at.txId, { socket: at.socket, now });
    if (ping === undefined) return;
    const { socket, endpoint, sentAt, size } = ping;
    // One of a spray has no pair before it is answered; one that was withdrawn in between has no socket to use.
    const pair = this.#pairs.get(socket, endpoint) ?? this.#pairs.learn(socket, endpoint, now);
    if (pair === undefined) return;
    // What is longer takes longer, too: it says nothing of the round trip.
    if (size !== undefined) return this.#upkeep.onSizedPong(pair, size, now);
    pair.observed = at.observed;
    pair.keptEveryMs = this.#upkeep.keepaliveMs(pair);
    pair.onPong(sentAt, now);
    if (this.#data.isShunned(pair, now) || this.#upkeep.isTooNarrow(pair, now)) return;
    this.#attempt?.onPong(pair, now - sentAt, now);
    const isSelected = this.#upkeep.onPong(pair, now);
    if (pair === this.#path.active) this.#host.proven(this.id, sentAt);
    if (isSelected) this.#onSelected(pair, now);
    else if (this.#path.wantsConfirmation(pair, now)) this.#host.ping(this, pair, "seek");
  }

  onTraffic(now: number): void {
    if (now - this.#trafficAt >= SILENCE_MS) this.#retry.reset("traffic", now);
    this.#trafficAt = now;
    this.#demandUntil = Math.max(this.#demandUntil, now + DEMAND_MS);
    this.#path.onTraffic(now);
    this.#data.onTraffic(now);
  }

  /** Authentic packets came that way. Says where the peer may be; moves nothing, for it says nothing of the way there. */
  onData(via: { readonly socket: SocketId; readonly endpoint: Endpoint } | "relay", now: number): void {
    if (via === "relay") {
      this.#path.corroborate(now);
      return;
    }
    if (this.isRelayOnly) return;
    this.#data.onHeard(now);
    if (!isSendable(via.endpoint, this.#host.surroundings().vicinity)) return;
    const known = this.#pairs.get(via.socket, via.endpoint);
    const pair = known ?? this.#pairs.learn(via.socket, via.endpoint, now);
    if (pair === undefined) return;
    pair.heardAt = now;
    if (known === undefined) this.#onMoved(now);
    // Together with a pong that is late, another way than before speaks against the one that we use.
    else if (pair !== this.#path.active && now - this.#movedAt < MOVING_MS) this.#path.corroborate(now);
    if (!pair.isVerified(now)) this.#seek(pair, now, 1_000);
  }

  /** The peer sends from where it did not before: it may be somewhere else, and the path to it with it. */
  #onMoved(now: number): void {
    this.#movedAt = now;
    this.#path.check(now);
  }

  onNetworkChange(now: number): void {
    this.#host.sprays.forget(this.id);
    this.#upkeep.onNetworkChange();
    this.#path.doubt(now);
    this.#retry.reset("network-change", now);
    this.#lone.hurry(now);
  }

  /** Our own candidates, networks or NAT are others than before. */
  onLocalNews(now: number): void {
    this.#upkeep.onReachability(now);
    this.#retry.reset("network-change", now);
    this.#lone.hurry(now);
  }

  /** The server or the relay can be reached again. */
  onServerBack(now: number): void {
    this.#isRefusedOffline = false;
    this.#retry.reset("network-change", now);
  }

  /** The peer is forgotten: the trace of what was tried is still worth having. */
  onRemoved(now: number): void {
    if (this.#attempt !== undefined) this.#finishAttempt(now, true);
    this.#host.closeUnusedSockets(this.id, () => false);
  }

  tick(now: number): void {
    this.#runAttempt(now);
    const upkeep = this.#upkeep.keep(now);
    if (upkeep === "lost") this.#onLost(now);
    if (upkeep === "suspected") this.#retry.onSuspicion(now);
    this.#upkeep.seekUpgrade(now);
    this.#askForPlan(now);
    this.#probeAlone(now);
    if (this.#attempt === undefined && this.#sweep.isDue(now)) this.#closeUnusedSockets(now);
  }

  nextDeadline(now: number): number {
    return Math.min(
      this.#attempt?.nextDeadline() ?? Number.POSITIVE_INFINITY,
      this.#lone.nextDeadline(this.#wantsToProbeAlone(now)),
      this.#upkeep.nextDeadline(now),
      this.#attempt === undefined ? this.#sweep.nextDeadline() : Number.POSITIVE_INFINITY,
      this.#retry.isWaiting || this.#wantsPlan(now) ? this.#retry.nextDeadline() : Number.POSITIVE_INFINITY,
    );
  }

  route(): Route {
    const active = this.#path.active;
    const mayRelay = this.#info.transport !== "direct-only";
    if (active === undefined) return { relay: mayRelay };
    return { direct: { socket: active.socket, endpoint: active.endpoint }, relay: mayRelay && this.#path.isSuspect };
  }

  /** Route and state when they differ from what was last reported; undefined when they do not. */
  report(now: number): { readonly route: Route; readonly state: PathState } | undefined {
    const route = this.route();
    const { rttMs: _, since: __, ...what } = this.#describe();
    const text = JSON.stringify([what.kind, what.type, what.endpoint]);
    if (text !== this.#since.what) this.#since = { what: text, at: now };
    const all = JSON.stringify([what, route]);
    if (all === this.#reported) return undefined;
    this.#reported = all;
    return { route, state: this.#describe() };
  }

  /** What the path carries when that differs from what was last reported; undefined when it does not. */
  reportMtu(): { readonly bytes: number | undefined } | undefined {
    const bytes = this.#upkeep.pathMtuBytes;
    if (bytes === this.#reportedMtu) return undefined;
    this.#reportedMtu = bytes;
    return { bytes };
  }

  snapshot(now: number): PathSnapshot {
    const active = this.#path.active;
    const reason = active === undefined ? this.#reason(now) : undefined;
    return {
      path: this.#describe(),
      route: this.route(),
      ...(reason === undefined ? {} : { reason }),
      rttMs: active?.stats.rttMs ?? null,
      lossRatio: active?.stats.lossRatio(now) ?? null,
      pathMtuBytes: this.#upkeep.pathMtuBytes ?? null,
      trying: this.#attempt !== undefined || this.#retry.isWaiting,
    };
  }

  #describe(): PathState {
    const { vicinity, candidates, isRelayUp, relayName } = this.#host.surroundings();
    return describePath({
      active: this.#path.active,
      vicinity,
      candidates,
      isRelayUsable: isRelayUp && this.#info.online && this.#info.transport !== "direct-only",
      relayName,
      since: this.#host.clock.at(this.#since.at),
    });
  }

  #reason(now: number): Reason | undefined {
    const { isRelayUp, natProfile, candidates, sockets } = this.#host.surroundings();
    return relayReason({
      isRelayUp,
      isPeerOnline: this.#info.online,
      transport: this.#info.transport ?? "prefer-direct",
      failure: this.#failure,
      losesLargePackets: this.#upkeep.hasNarrowWays(now),
      wasDeaf: this.#data.hasShunned(now),
      self: { natProfile, candidates, families: sockets.map(({ family }) => family) },
      peer: this.#info,
    });
  }

  #runAttempt(now: number): void {
    this.#attempt?.run(now);
    if (this.#attempt?.isOver(now)) this.#finishAttempt(now, false);
  }

  #finishAttempt(now: number, isCancelled: boolean): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#attempt = undefined;
    this.#endedId = attempt.plan.attemptId;
    const { candidates, natProfile } = this.#host.surroundings();
    const self = { candidates: [...candidates], natProfile };
    const trace = attempt.finish(now, { self, isCancelled, active: this.#path.active });
    if (attempt.failure() === undefined) this.#onDirect();
    else if (!isCancelled) {
      this.#failure = { trace, strategy: attempt.plan.strategy };
      this.#retry.onAttemptFailed(now);
    }
    this.#host.trace(trace);
    this.#closeUnusedSockets(now);
  }

  #closeUnusedSockets(now: number): void {
    this.#sweep.run(now, this.#upkeep.sockets(now));
  }

  #isReachedAt({ endpoint }: Pair): boolean {
    return !this.#path.isSuspect && this.#path.active?.endpoint.address === endpoint.address;
  }

  #askForPlan(now: number): void {
    if (this.#retry.hasTimedOut(now)) {
      this.#failure = "no-plan";
      this.#retry.onFailure(now);
    }
    if (!this.#wantsPlan(now) || !this.#retry.isDue(now)) return;
    const trigger = this.#retry.trigger;
    // Settled before the request, which may be refused within the call.
    this.#retry.onAsked(now);
    this.#isRefusedOffline = false;
    if (this.#host.requestPunch(this.id, trigger, this.#retry.failures)) return;
    this.#retry.postpone(now + POSTPONE_MS);
  }

  #wantsPlan(now: number): boolean {
    if (this.#attempt !== undefined || !this.#canAsk()) return false;
    if (this.#path.active !== undefined && !this.#path.isSuspect) return false;
    return now < this.#demandUntil || (this.#host.prewarm && this.#failure === undefined);
  }

  #canAsk(): boolean {
    return this.#host.surroundings().isControlUp && this.#info.online && !this.isRelayOnly;
  }

  #probeAlone(now: number): void {
    for (const pair of this.#lone.take(now, this.#wantsToProbeAlone(now), this.#pairs.all())) {
      if (this.#pairs.has(pair)) this.#host.ping(this, pair, "seek");
    }
  }

  #wantsToProbeAlone(now: number): boolean {
    if (this.isRelayOnly || this.#path.active !== undefined || this.#attempt !== undefined) return false;
    if (this.#canAsk() && !this.#isRefusedOffline) return false;
    return now - this.#trafficAt < ALONE_DEMAND_MS;
  }

  #seek(pair: Pair, now: number, spacingMs: number): void {
    if (now - pair.pingedAt < spacingMs) return;
    if (this.#host.ping(this, pair, "seek")) this.#attempt?.onTriggered(pair, now);
  }

  #onSelected(pair: Pair, now: number): void {
    this.#attempt?.onSelected(pair, now);
    this.#upkeep.onSelected(now);
    this.#onDirect();
  }

  #onDirect(): void {
    this.#failure = undefined;
    this.#lone.stop();
    this.#retry.onSuccess();
  }

  #onLost(now: number): void {
    this.#path.drop();
    this.#retry.reset("path-lost", now);
    this.#lone.hurry(now);
    // One attempt even when nothing is being sent: an idle path that broke is put right before it is needed.
    this.#demandUntil = Math.max(this.#demandUntil, now + DEMAND_MS);
  }
}
