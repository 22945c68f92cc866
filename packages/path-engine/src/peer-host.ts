/** What a peer needs of the engine that it is part of: time on the server's clock, chance, budgets, and what is true for all peers. */
import type { DeviceId } from "@pinhole/protocol";
import type { AttemptTrace, Candidate, NatProfile, Trigger } from "@pinhole/protocol/control";
import type { LocalSocket } from "./contract.ts";
import type { Vicinity } from "./may-probe.ts";
import type { Pair } from "./pair.ts";
import type { Peer } from "./peer.ts";
import type { ServerClock } from "./server-clock.ts";

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

export type PeerHost = {
  readonly clock: ServerClock;
  readonly prewarm: boolean;
  surroundings(): Surroundings;
  random(): number;
  /** Pings; false when the budget for unproven targets is spent. What keeps a proven path has no such limit. */
  ping(peer: Peer, pair: Pair, purpose: "seek" | "keep"): boolean;
  /** False when too many requests went out already. */
  requestPunch(peerId: DeviceId, trigger: Trigger): boolean;
  trace(trace: AttemptTrace): void;
};
