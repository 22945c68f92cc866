/** What a peer needs of the engine that it is part of: time on the server's clock, chance, budgets, and what is true for all peers. */
import type { AttemptId, DeviceId, Endpoint } from "@pinhole/protocol";
import type { AttemptTrace, Candidate, NatProfile, Trigger } from "@pinhole/protocol/control";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { LocalSocket, SocketId } from "./contract.ts";
import type { Vicinity } from "./may-probe.ts";
import type { Pair } from "./pair.ts";
import type { SizedPing } from "./path-mtu.ts";
import type { Peer } from "./peer.ts";
import type { ServerClock } from "./server-clock.ts";
import type { SprayGate } from "./spray-gate.ts";
import type { Shot } from "./stages/stage-run.ts";

/** What is the same for every peer at a moment. */
export type Surroundings = {
  readonly sockets: readonly LocalSocket[];
  readonly vicinity: Vicinity;
  /** Our own. */
  readonly candidates: readonly Candidate[];
  readonly natProfile: NatProfile | null;
  readonly isControlUp: boolean;
  readonly isRelayUp: boolean;
  readonly relayName: string | undefined;
};

/** `seek` goes to what is not proven, `spray` to many ports of an address that is, `keep` to a path: which has no limit. */
export type Purpose = "keep" | "seek" | "spray";

export type PeerHost = {
  readonly clock: ServerClock;
  readonly prewarm: boolean;
  readonly sprays: SprayGate;
  now(): number;
  surroundings(): Surroundings;
  random(): number;
  /** Pings; false when the budget for the purpose is spent. */
  ping(peer: Peer, pair: Pair, purpose: Purpose, ttl?: number): boolean;
  /** Pings with padding, by a path. That no pong comes says nothing of the path, so the pair does not know of it. */
  pingSized(peer: Peer, pair: Pair, size: SizedPing): void;
  /** The same as `ping` for an endpoint that is in no pair; an answer makes one of it. */
  probe(peer: Peer, shot: Shot, purpose: Purpose): boolean;
  /** The family of an open socket. */
  familyOf(socket: SocketId): 4 | 6 | undefined;
  openSocket(owner: DeviceId): SocketId | undefined;
  ownsSockets(owner: DeviceId): boolean;
  closeUnusedSockets(owner: DeviceId, isUsed: (socket: SocketId) => boolean): void;
  /** How a STUN server sees the socket; undefined when none answers. */
  observe(peer: Peer, socket: SocketId, done: (mapped: Endpoint | undefined, now: number) => void): void;
  tell(peerId: DeviceId, attemptId: AttemptId, topic: NoteTopic, entries: readonly NoteEntry[]): void;
  /** That we are about to be found there, by the relay. */
  tellMoving(peerId: DeviceId, endpoint: Endpoint): void;
  /** False when too many requests went out already. */
  requestPunch(peerId: DeviceId, trigger: Trigger, failures: number): boolean;
  /** The peer's path has carried what left until then. */
  proven(peerId: DeviceId, until: number): void;
  trace(trace: AttemptTrace): void;
};
