/**
 * What the path engine is told and what it asks for: its whole contact with the world.
 *
 * The owner brings time, randomness, datagrams and news, and carries out the effects.
 * Effects are called during the call that caused them, after the engine's own state is
 * settled, so an effect may call the engine back.
 */
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import type {
  AttemptTrace,
  Candidate,
  NatProfile,
  PathState,
  PunchRefusal,
  Reason,
  Trigger,
} from "@pinhole/protocol/control";

import type { SocketIds } from "./socket-ids.ts";

import type { Transport } from "@pinhole/protocol/policy";

/** A UDP socket of the datapath. */
export type SocketId = number;

export type LocalSocket = { readonly id: SocketId; readonly family: 4 | 6 };

/** Where a peer's packets go. Both at once while a direct path is in doubt: the receiver drops the second copy. */
export type Route = {
  readonly direct?: { readonly socket: SocketId; readonly endpoint: Endpoint };
  readonly relay: boolean;
};

export type SendOptions = {
  /** Where it is to open our own NAT and no more. */
  readonly ttl?: number;
  /** Where the question is whether it arrives in one piece. Whoever cannot see to that does not send it. */
  readonly dontFragment?: boolean;
};

export type PathEffects = {
  /** `options`: of this datagram alone. */
  sendDatagram(socket: SocketId, to: Endpoint, bytes: Uint8Array, options?: SendOptions): void;
  /** A sealed note, by the relay; lost without a word where there is none. */
  sendRelayed(peerId: DeviceId, bytes: Uint8Array): void;
  /** The same by the coordinator, for a peer that no relay carries packets to. */
  sendBySession(peerId: DeviceId, bytes: Uint8Array): void;
  /** One more socket, with a free local port; datagrams may be sent on it at once. The outcome comes through `onSocket`. */
  openSocket(id: SocketId, family: 4 | 6): void;
  closeSocket(id: SocketId): void;
  /** The route or what people are told of it changed; also called once when a peer becomes known. */
  pathChanged(peerId: DeviceId, route: Route, state: PathState): void;
  /** All that went by the direct path until then, on the injected clock, has arrived. */
  pathProven(peerId: DeviceId, until: number): void;
  /** The longest IP packet that the direct path carries, header included; undefined when it is not known. */
  pathMtuChanged(peerId: DeviceId, pathMtuBytes: number | undefined): void;
  /** Ask the coordinator for a plan, which comes through `onPlan`; its answer, through `onPunchPlanned` or `onPunchRefused`. */
  requestPunch(peerId: DeviceId, trigger: Trigger, failures: number): void;
  trace(trace: AttemptTrace): void;
};

export type LocalInfo = {
  readonly sockets: readonly LocalSocket[];
  /** Our own, as reported to the server. */
  readonly candidates: readonly Candidate[];
  /** Prefixes of our interfaces, host bits allowed: private addresses of peers are probed on these. */
  readonly connectedPrefixes: readonly string[];
  readonly natProfile: NatProfile | null;
  /** Ranges of our own overlay: never probed, or the tunnel would run through itself. */
  readonly overlayPrefixes?: readonly string[];
  /** Where to ask for the public port of a fresh socket. */
  readonly stunServers?: readonly Endpoint[];
};

export type PeerInfo = {
  readonly id: DeviceId;
  readonly nodeKey: Uint8Array;
  readonly candidates: readonly Candidate[];
  readonly natProfile: NatProfile | null;
  readonly probeEpoch: Uint8Array | null;
  readonly online: boolean;
  readonly overlayPrefixes?: readonly string[];
  /** What the policy lets packets of the pair go by. @default "prefer-direct" */
  readonly transport?: Transport;
};

/** `offline`: the dashboard cannot be asked at all. `not-understood`: its plan is one that this version cannot read. */
export type RefusalCode = PunchRefusal | "offline" | "not-understood";

export type PathSnapshot = {
  readonly path: PathState;
  readonly route: Route;
  readonly reason?: Reason;
  /** Round trip and share of unanswered probes on the direct path; null without one. */
  readonly rttMs: number | null;
  readonly lossRatio: number | null;
  /** The longest IP packet that the direct path carries; null when it is not known. */
  readonly pathMtuBytes: number | null;
  /** An attempt is running or asked for. */
  readonly trying: boolean;
};

export type PathDistance = { readonly rttMs: number; readonly samples: number };

export type PathEngineOptions = {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly nodePrivateKey: Uint8Array;
  readonly nodePublicKey: Uint8Array;
  readonly probe: {
    readonly epoch: Uint8Array;
    readonly previousEpoch?: Uint8Array;
    /** Persisted and incremented at each start, before it is used here: no nonce may repeat. */
    readonly bootCount: number;
  };
  readonly effects: PathEffects;
  /** Shared with whoever else opens sockets in the same datapath. */
  readonly socketIds?: SocketIds;
  /**
   * Ask for a direct path as soon as a peer is known to be online, before any traffic.
   * @default false
   */
  readonly prewarm?: boolean;
};
