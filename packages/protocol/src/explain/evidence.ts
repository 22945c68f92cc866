/** What there is to judge a pair by. Everything but the sides may be missing, and missing is not the same as false. */
import type { Candidate } from "../control/candidate.ts";
import type { NatProfile, PortMapping } from "../control/nat-profile.ts";
import type { AttemptTrace } from "../control/trace.ts";
import type { Side } from "../punch/choose-technique.ts";
import { measuredClass } from "../punch/nat-class.ts";
import type { Strategy } from "../punch/strategy.ts";

export type SideEvidence = {
  readonly isOnline?: boolean | undefined;
  readonly candidates: readonly Candidate[];
  readonly natProfile: NatProfile | null;
  /** Of the attempt in question; null where this side's is not at hand. */
  readonly trace: AttemptTrace | null;
  readonly portMapping?: PortMapping | undefined;
  /** IP versions of its sockets. */
  readonly families?: readonly (4 | 6)[] | undefined;
  /** False: its agent is of a version that the other does not understand. */
  readonly isUnderstood?: boolean | undefined;
  /** What became of the tunnel on a path that probes had verified. */
  readonly tunnel?: "handshake-failed" | "silent" | "large-packets-lost" | undefined;
};

export type PairEvidence = {
  readonly a: SideEvidence;
  /** Null: nothing is known of it but that it exists. */
  readonly b: SideEvidence | null;
  readonly strategy?: Strategy | null | undefined;
  /** Whether the team lets its devices send to many ports. */
  readonly maySpray?: boolean | undefined;
  readonly isAllowed?: boolean | undefined;
  readonly isRelayOnly?: boolean | undefined;
  readonly isRelayUp?: boolean | undefined;
  /** What became of side a's asking for a plan where none came. */
  readonly request?: "unanswered" | "no-candidates" | undefined;
};

const NOTHING: SideEvidence = { candidates: [], natProfile: null, trace: null };

/** What one side is known for, of the moment of the attempt where it is recorded. */
export type Sides = Readonly<Record<Side, SideEvidence>>;

export function sidesOf({ a, b }: Pick<PairEvidence, "a" | "b">): Sides {
  return { a: asRecorded(a), b: asRecorded(b ?? NOTHING) };
}

function asRecorded(side: SideEvidence): SideEvidence {
  const { trace } = side;
  const portMapping = side.portMapping ?? side.natProfile?.portMapping;
  if (trace === null) return { ...side, portMapping };
  return {
    ...side,
    candidates: trace.candidates,
    // What was measured since says more than that nothing had been.
    natProfile:
      measuredClass(trace.natProfile) === undefined ? (side.natProfile ?? trace.natProfile) : trace.natProfile,
    portMapping: trace.portMapping ?? trace.natProfile?.portMapping ?? portMapping,
  };
}
