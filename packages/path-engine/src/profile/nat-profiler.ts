/**
 * Knows what NAT the device is behind: measures at the start, when the network or the servers change and every ten
 * minutes, and keeps the main binding open in between.
 *
 * Sans-I/O: the owner brings time, randomness, datagrams and sockets, carries out the effects, and ticks at
 * {@link NatProfiler.nextDeadline}. The profile is a hint for planning, never a gate.
 */
import { addressFamily, type Endpoint, endpointsEqual, formatEndpoint } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { isStun } from "@pinhole/protocol/stun";
import type { SocketId } from "../contract.ts";
import { AbsoluteLifetime } from "./absolute-lifetime.ts";
import { BindingKeeper, type BindingNews } from "./binding-keeper.ts";
import { buildProfile, unknownProfile } from "./build-profile.ts";
import type { Findings, ServerAnswer } from "./findings.ts";
import { LifetimeLearner } from "./lifetime-learner.ts";
import { Measurement } from "./measurement.ts";

const REFRESH_MS = 10 * 60_000;
/**
 * Packets were lost, or UDP or the server was away, for a moment perhaps: a device that has just started is measured before its
 * network, or the server, is quite awake. Each time twice as long, up to a minute where nothing answers at all.
 */
const FIRST_RETRY_MS = 5_000;
const SILENT_RETRY_MS = 60_000;
/** Of a NAT whose binding moves all the time, each move is not a reason to measure everything again. */
const MIN_INTERVAL_MS = 30_000;

/** An endpoint that was seen before the last few is one that the NAT has forgotten. */
const MAX_REFLEXIVE = 4;

export type ProvenEndpoint = { readonly endpoint: Endpoint; readonly proof: Uint8Array };

export type ProfilerEffects = {
  /** A fresh socket on a port that the system draws; undefined where there is none to be had. */
  openSocket(family: 4 | 6): SocketId | undefined;
  closeSocket(socket: SocketId): void;
  send(socket: SocketId, to: Endpoint, bytes: Uint8Array): void;
  /** Public endpoints of the main socket, newest first: told as soon as there is another one. */
  onReflexive(reflexive: readonly Endpoint[]): void;
  /** A measurement is done. */
  onProfile(profile: NatProfile, reflexive: readonly Endpoint[]): void;
};

export type ProfilerOptions = {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch, the server's where known. */
  readonly serverNow: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly effects: ProfilerEffects;
};

export type ProfilerLocal = {
  /** The socket that peers are met on. */
  readonly socket: { readonly id: SocketId; readonly family: 4 | 6; readonly port: number };
  /** Of this machine, overlay addresses left out. */
  readonly addresses: readonly string[];
  readonly routerAddress?: string | undefined;
  /** Where the servers are IPv4's, reached by addresses in this prefix. */
  readonly nat64Prefix?: string | undefined;
};

export class NatProfiler {
  readonly #options: ProfilerOptions;
  readonly #keeper: BindingKeeper;
  readonly #lifetime: LifetimeLearner;
  readonly #absolute = new AbsoluteLifetime();
  #local: ProfilerLocal | undefined;
  #servers: readonly Endpoint[] = [];
  /** Asked first: it answered when the one before it in the list did not. */
  #preferred: Endpoint | undefined;
  #otherAddress: Endpoint | undefined;
  #measurement: Measurement | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.POSITIVE_INFINITY;
  /** Measurements in a row that left something open. */
  #poorRuns = 0;
  #measured: NatProfile | null = null;
  /** With what was learnt besides. */
  #profile: NatProfile | null = null;
  #reflexive: readonly Endpoint[] = [];
  /** By endpoint. */
  readonly #proofs = new Map<string, Uint8Array>();
  #answers: readonly ServerAnswer[] = [];

  constructor(options: ProfilerOptions) {
    this.#options = options;
    this.#keeper = new BindingKeeper({
      randomBytes: options.randomBytes,
      send: (to, bytes) => {
        if (this.#local !== undefined) options.effects.send(this.#local.socket.id, to, bytes);
      },
      onNews: (news) => this.#onBinding(news),
    });
    this.#lifetime = new LifetimeLearner({
      randomBytes: options.randomBytes,
      openSocket: () => this.#local && options.effects.openSocket(this.#local.socket.family),
      closeSocket: (socket) => options.effects.closeSocket(socket),
      send: (socket, to, bytes) => options.effects.send(socket, to, bytes),
      onLearnt: () => this.#onLearnt(),
    });
  }

  /** Null before the first measurement on this network. */
  get profile(): NatProfile | null {
    return this.#profile;
  }

  get reflexive(): readonly Endpoint[] {
    return this.#reflexive;
  }

  /** By which the dashboard knows that a server of its own saw us there. */
  get proofs(): readonly ProvenEndpoint[] {
    return this.#reflexive.flatMap((endpoint) => {
      const proof = this.#proofs.get(formatEndpoint(endpoint));
      return proof === undefined ? [] : [{ endpoint, proof }];
    });
  }

  /** What each server said in the last measurement. */
  get answers(): readonly ServerAnswer[] {
    return this.#answers;
  }

  get isMeasuring(): boolean {
    return this.#measurement !== undefined;
  }

  setLocal(local: ProfilerLocal): void {
    this.#local = local;
  }

  /** Other servers than before are asked at once. */
  setServers(servers: readonly Endpoint[]): void {
    if (servers.map(formatEndpoint).join() === this.#servers.map(formatEndpoint).join()) return;
    this.#servers = servers;
    this.#preferred = undefined;
    this.#otherAddress = undefined;
    this.#abort();
    this.measure();
  }

  /** What was known is of another network; this one is measured at once. */
  onNetworkChange(): void {
    this.#abort();
    this.#keeper.stop();
    this.#lifetime.forget();
    this.#absolute.forget();
    this.#keeper.setLifetime(undefined);
    this.#measured = null;
    this.#profile = null;
    this.#reflexive = [];
    this.#proofs.clear();
    this.#answers = [];
    this.#poorRuns = 0;
    this.measure();
  }

  /** One measurement at a time: while one runs, this asks for nothing. */
  measure(): void {
    if (this.#measurement !== undefined) return;
    const { now, serverNow, randomBytes, effects } = this.#options;
    const [first, ...more] = this.#serversOf(this.#local?.socket.family);
    if (this.#local === undefined || first === undefined) return this.#publish(unknownProfile(serverNow()));
    const { socket, addresses } = this.#local;
    this.#startedAt = now();
    this.#nextAt = Number.POSITIVE_INFINITY;
    this.#measurement = new Measurement(
      {
        servers: [first, ...more],
        otherAddress: this.#otherAddress,
        mainSocket: socket.id,
        isOwn: ({ address, port }) => port === socket.port && addresses.includes(address),
        randomBytes,
      },
      {
        openSocket: () => effects.openSocket(socket.family),
        closeSocket: (id) => effects.closeSocket(id),
        send: (id, to, bytes) => effects.send(id, to, bytes),
        onMapped: (mapped, proof) => this.#learn(mapped, proof),
        onDone: (findings) => this.#onFindings(findings),
      },
      this.#startedAt,
    );
    this.#measurement.begin();
  }

  /** A path does not work any more: our own endpoint may be another than before, and no peer can tell us. */
  look(): void {
    if (this.#measurement === undefined) this.#keeper.look(this.#options.now());
  }

  onSocketOpened(socket: SocketId, port: number): void {
    this.#measurement?.onSocketOpened(socket, port);
  }

  /** Whether it was an answer to a question of ours, or one of our own packets come back. */
  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array): boolean {
    if (!isStun(bytes)) return false;
    const now = this.#options.now();
    if (this.#measurement?.onDatagram(socket, from, bytes, now) === true) return true;
    if (this.#lifetime.onDatagram(socket, from, bytes, now)) return true;
    return socket === this.#local?.socket.id && this.#keeper.onDatagram(from, bytes, now);
  }

  tick(): void {
    const now = this.#options.now();
    this.#measurement?.tick(now);
    this.#keeper.tick(now);
    this.#lifetime.tick(now);
    if (now >= this.#nextAt) this.measure();
  }

  /** When to tick next; infinite while there is nothing to wait for. */
  nextDeadline(): number {
    return Math.min(
      this.#nextAt,
      this.#keeper.nextDeadline(),
      this.#lifetime.nextDeadline(),
      this.#measurement?.nextDeadline() ?? Number.POSITIVE_INFINITY,
    );
  }

  close(): void {
    this.#abort();
    this.#keeper.stop();
    this.#lifetime.forget();
    this.#nextAt = Number.POSITIVE_INFINITY;
  }

  #onFindings(findings: Findings): void {
    const { now, serverNow } = this.#options;
    const local = this.#local;
    this.#measurement = undefined;
    if (local === undefined) return;
    this.#answers = findings.answers;
    this.#otherAddress = findings.otherAddress;
    const profile = buildProfile(findings, { ...local, localPort: local.socket.port, measuredAt: serverNow() });
    const [latest] = findings.observations;
    if (latest !== undefined) {
      this.#preferred = latest.server;
      this.#keeper.watch(latest.server, latest.mapped, now());
      this.#absolute.onSeen(latest.server, latest.mapped, now());
      this.#lifetime.watch({ server: latest.server, mainSocket: local.socket.id }, now());
      // What was seen before and is not seen any more is a binding that the NAT has forgotten.
      const isSeen = (endpoint: Endpoint): boolean =>
        findings.observations.some(({ mapped }) => endpointsEqual(mapped, endpoint));
      this.#reflexive = this.#reflexive.filter(isSeen);
    }
    this.#publish(profile);
  }

  #publish(profile: NatProfile): void {
    const now = this.#options.now();
    this.#measured = profile;
    this.#profile = this.#withLearnt(profile);
    // A server that is away cannot be asked for its other address.
    const isPartlySilent = this.#answers.some(({ observed }) => observed === null);
    const hasOther = this.#otherAddress !== undefined || isPartlySilent;
    const isSilent = profile.udp === "blocked";
    const isPoorly = isPoor(profile, hasOther) || isGuess(profile, isPartlySilent);
    this.#poorRuns = isSilent || isPoorly ? this.#poorRuns + 1 : 0;
    this.#nextAt = now + refreshAfter(this.#poorRuns, isSilent ? SILENT_RETRY_MS : REFRESH_MS);
    this.#options.effects.onProfile(this.#profile, this.#reflexive);
  }

  /** Between measurements: the profile is the last one's, with more in it. */
  #onLearnt(): void {
    this.#keeper.setLifetime(this.#lifetime.lifetimeMs);
    // A measurement tells of it when it is done.
    if (this.#measured === null || this.#measurement !== undefined) return;
    this.#profile = this.#withLearnt(this.#measured);
    this.#options.effects.onProfile(this.#profile, this.#reflexive);
  }

  #withLearnt(profile: NatProfile): NatProfile {
    const { lifetimeMs } = this.#lifetime;
    const { lifetimeMs: absoluteLifetimeMs } = this.#absolute;
    return {
      ...profile,
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      ...(absoluteLifetimeMs === undefined ? {} : { absoluteLifetimeMs }),
    };
  }

  #onBinding(news: BindingNews): void {
    if (news.kind === "silent") {
      if (this.#measurement !== undefined) return;
      this.#nextAt = Math.min(this.#nextAt, Math.max(this.#options.now(), this.#startedAt + SILENT_RETRY_MS));
      return;
    }
    const isKnownAddress = this.#reflexive.some(({ address }) => address === news.mapped.address);
    this.#learn(news.mapped, news.proof);
    if (this.#absolute.onSeen(news.server, news.mapped, this.#options.now())) this.#onLearnt();
    if (news.kind === "same" || this.#measurement !== undefined) return;
    // Where each flow has a port of its own, another port is no news of the NAT.
    if (isKnownAddress && this.#profile?.mapping !== "endpoint-independent") return;
    this.#nextAt = Math.min(this.#nextAt, Math.max(this.#options.now(), this.#startedAt + MIN_INTERVAL_MS));
  }

  #learn(mapped: Endpoint, proof: Uint8Array | undefined): void {
    // Another server may see the same without giving a proof.
    if (proof !== undefined) this.#proofs.set(formatEndpoint(mapped), proof);
    const isNew = !this.#reflexive.some((known) => endpointsEqual(known, mapped));
    this.#reflexive = [mapped, ...this.#reflexive.filter((known) => !endpointsEqual(known, mapped))].slice(
      0,
      MAX_REFLEXIVE,
    );
    if (!isNew) return;
    for (const text of this.#proofs.keys()) {
      if (!this.#reflexive.some((endpoint) => formatEndpoint(endpoint) === text)) this.#proofs.delete(text);
    }
    this.#options.effects.onReflexive(this.#reflexive);
  }

  #serversOf(family: 4 | 6 | undefined): readonly Endpoint[] {
    const servers = this.#servers.filter(({ address }) => addressFamily(address) === family);
    const preferred = servers.find((server) => this.#preferred && endpointsEqual(server, this.#preferred));
    return preferred === undefined ? servers : [preferred, ...servers.filter((server) => server !== preferred)];
  }

  #abort(): void {
    this.#measurement?.abort();
    this.#measurement = undefined;
  }
}

/** Something was lost on the way, or a server is away: it may be had soon. */
function isPoor({ udp, mapping, filtering, allocation }: NatProfile, hasOtherAddress: boolean): boolean {
  if (udp !== "ok" || mapping === "none") return false;
  return allocation === undefined || (hasOtherAddress && (mapping === "unknown" || filtering === "unknown"));
}

/** What a hard NAT keys its mappings by shows at a second port, and decides which pairs are tried at all. */
function isGuess({ mapping }: NatProfile, isPartlySilent: boolean): boolean {
  return isPartlySilent && (mapping === "address-dependent" || mapping === "address-and-port-dependent");
}

function refreshAfter(poorRuns: number, mostMs: number): number {
  return poorRuns === 0 ? REFRESH_MS : Math.min(mostMs, FIRST_RETRY_MS * 2 ** (poorRuns - 1));
}
