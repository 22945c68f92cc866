/**
 * An engine with a hand-moved clock and no network: what goes out is kept, what comes in is
 * made by a second key ring that plays the peer.
 */
import { SeededRandom } from "@pinhole/natsim";
import { type AttemptId, type DeviceId, type Endpoint, idToBytes, parseEndpoint, toBase64Url } from "@pinhole/protocol";
import type { AttemptTrace, Candidate, PathState, PunchPlan, Trigger } from "@pinhole/protocol/control";
import {
  encodeNote,
  encodePing,
  encodePong,
  type NoteEntry,
  type NoteTopic,
  type Ping,
  type Pong,
} from "@pinhole/protocol/probe";
import type { LocalInfo, PathEngineOptions, PeerInfo, Route, SendOptions, SocketId } from "../contract.ts";
import { PathEngine } from "../engine.ts";
import { KeyRing } from "../probe/key-ring.ts";
import { publicKeyOf } from "./node-key.ts";

const OWN_KEY = new Uint8Array(32).fill(1);
const OWN_EPOCH = new Uint8Array(16).fill(1);
const SELF: DeviceId = `dev_${"f".repeat(32)}`;

export type SentProbe = {
  readonly at: number;
  readonly peerId: DeviceId;
  readonly socket: SocketId;
  readonly to: Endpoint;
  readonly message: Ping | Pong;
  /** Of the datagram. */
  readonly bytes: number;
};

/** A ping or pong without padding. */
const SMALL_BYTES = 64;

type PlanFields = Partial<PunchPlan> & {
  readonly attempt?: number;
  readonly inMs?: number;
  /** Of the one stage, where no strategy is given. */
  readonly endMs?: number;
  readonly maxProbes?: number;
};

type Sent = {
  readonly socket: SocketId;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly options: SendOptions;
};

type PlayedPeer = { readonly ring: KeyRing; info: PeerInfo };

export class HandClock {
  now = 0;
  readonly engine: PathEngine;
  readonly probes: SentProbe[] = [];
  readonly changes: {
    readonly at: number;
    readonly peerId: DeviceId;
    readonly route: Route;
    readonly state: PathState;
  }[] = [];
  readonly requests: { readonly at: number; readonly peerId: DeviceId; readonly trigger: Trigger }[] = [];
  readonly traces: AttemptTrace[] = [];
  readonly pathMtus: (number | undefined)[] = [];
  /** The longest datagram that arrives; what is longer than a ping without padding is answered at once where it does. */
  carriesBytes = 1_472;
  /** Longer ones arrive in pieces where that is allowed. */
  cuts = false;
  /** Called within the effect, as a daemon without a session would. */
  onRequest: (peerId: DeviceId) => void = () => undefined;
  readonly #peers = new Map<DeviceId, PlayedPeer>();
  #ticks = 0;

  constructor(options: Partial<Pick<PathEngineOptions, "prewarm">> = {}) {
    const random = new SeededRandom(7);
    this.engine = new PathEngine({
      ...options,
      now: () => this.now,
      randomBytes: (length) => random.bytes(length),
      nodePrivateKey: OWN_KEY,
      nodePublicKey: publicKeyOf(OWN_KEY),
      probe: { epoch: OWN_EPOCH, bootCount: 1 },
      effects: {
        sendDatagram: (socket, to, bytes, options = {}) => this.#onProbe({ socket, to, bytes, options }),
        sendRelayed: () => undefined,
        sendBySession: () => undefined,
        openSocket: () => undefined,
        closeSocket: () => undefined,
        pathMtuChanged: (_, bytes) => void this.pathMtus.push(bytes),
        pathChanged: (peerId, route, state) => void this.changes.push({ at: this.now, peerId, route, state }),
        pathProven: () => undefined,
        requestPunch: (peerId, trigger) => {
          this.requests.push({ at: this.now, peerId, trigger });
          this.onRequest(peerId);
        },
        trace: (trace) => void this.traces.push(trace),
      },
    });
    this.setLocal();
    this.engine.onRelay(true);
  }

  setLocal(local: Partial<LocalInfo> = {}): void {
    this.engine.setLocal({
      sockets: [{ id: 0, family: 4 }],
      candidates: [],
      connectedPrefixes: [],
      natProfile: null,
      ...local,
    });
  }

  /** A peer with these candidates, such as `203.0.113.5:1000`. */
  addPeer(seed: number, endpoints: readonly string[] = [], more: Partial<PeerInfo> = {}): DeviceId {
    const id: DeviceId = `dev_${seed.toString(16).padStart(32, "0")}`;
    const known = this.#peers.get(id);
    const privateKey = new Uint8Array(32).fill(2 + (seed % 250));
    privateKey.set([seed & 0xff, seed >> 8], 4);
    const nodeKey = publicKeyOf(privateKey);
    const epoch = new Uint8Array(16).fill(9);
    const ring =
      known?.ring ?? new KeyRing({ nodePrivateKey: privateKey, nodePublicKey: nodeKey, epoch, bootCount: 1 });
    ring.setPeer(SELF, publicKeyOf(OWN_KEY), OWN_EPOCH);
    const candidates = endpoints.map((endpoint): Candidate => ({ kind: "server-reflexive", endpoint }));
    const info = { id, nodeKey, candidates, natProfile: null, probeEpoch: epoch, online: true, ...more };
    this.#peers.set(id, { ring, info });
    this.engine.upsertPeer(info);
    return id;
  }

  plan(id: DeviceId, { attempt = 1, inMs = 0, endMs = 1_000, maxProbes = 224, ...more }: PlanFields = {}): void {
    const { info } = this.#peer(id);
    const plan: PunchPlan = {
      attemptId: attemptIdOf(attempt),
      peerId: id,
      trigger: "traffic",
      role: "responder",
      startAt: this.now + inMs,
      peerCandidates: [...info.candidates],
      peerNatProfile: null,
      peerProbeEpoch: toBase64Url(info.probeEpoch ?? new Uint8Array(16)),
      strategy: { stages: [{ kind: "simultaneous", startMs: 0, endMs, maxProbes }], predictedChance: 1 },
      ...more,
    };
    this.engine.onPlan(plan);
  }

  /** A genuine note of the peer, by the relay. */
  note(id: DeviceId, topic: NoteTopic, entries: readonly NoteEntry[], attempt = 1): void {
    const note = encodeNote({ attempt: idToBytes(attemptIdOf(attempt)), topic, entries });
    this.engine.onRelayed(this.#peer(id).ring.seal(SELF, note) ?? new Uint8Array(0));
  }

  /** A genuine ping of the peer. */
  ping(id: DeviceId, from: string, { socket = 0, blocks = 1 } = {}): ReturnType<PathEngine["onDatagram"]> {
    const datagram = this.#peer(id).ring.seal(SELF, encodePing({ txId: new Uint8Array(8) }, blocks));
    return this.engine.onDatagram(socket, endpointOf(from), datagram ?? new Uint8Array(0));
  }

  /** A genuine pong of the peer to one of the pings that were sent, from where it was sent to unless said otherwise. */
  pong(probe: SentProbe, { from = probe.to, socket = probe.socket, txId = probe.message.txId } = {}): void {
    const observed = { address: "192.0.2.1", port: 1 };
    const datagram = this.#peer(probe.peerId).ring.seal(SELF, encodePong({ txId, observed }));
    this.engine.onDatagram(socket, from, datagram ?? new Uint8Array(0));
  }

  /** Without padding. */
  pings(): SentProbe[] {
    return this.probes.filter(({ message, bytes }) => message.kind === "ping" && bytes === SMALL_BYTES);
  }

  /** With padding. */
  longPings(): SentProbe[] {
    return this.probes.filter(({ message, bytes }) => message.kind === "ping" && bytes > SMALL_BYTES);
  }

  /** Moves the clock, ticking at every deadline as a daemon does; `onStep` sees what was sent at each. */
  advance(ms: number, onStep: () => void = () => undefined): void {
    const end = this.now + ms;
    for (let next = this.engine.nextDeadline(); next <= end; next = this.engine.nextDeadline()) {
      if (++this.#ticks > 200_000) throw new Error(`the engine wants to be ticked at ${next} for ever`);
      this.now = Math.max(this.now, next);
      this.engine.tick();
      onStep();
    }
    this.now = end;
  }

  #peer(id: DeviceId): PlayedPeer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new Error(`${id} was not added`);
    return peer;
  }

  #onProbe({ socket, to, bytes, options }: Sent): void {
    for (const [peerId, { ring }] of this.#peers) {
      const opened = ring.open(bytes);
      if (opened === undefined || opened.message.kind === "note") continue;
      const probe = { at: this.now, peerId, socket, to, message: opened.message, bytes: bytes.length };
      this.probes.push(probe);
      const arrives = bytes.length <= this.carriesBytes || (this.cuts && options.dontFragment !== true);
      if (bytes.length > SMALL_BYTES && arrives && opened.message.kind === "ping") this.pong(probe);
    }
  }
}

const attemptIdOf = (attempt: number): AttemptId => `att_${attempt.toString(16).padStart(32, "0")}`;

function endpointOf(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (!endpoint.ok) throw new Error(text);
  return endpoint.value;
}
