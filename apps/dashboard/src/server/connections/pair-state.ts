/** What both sides' reports of their path say of the pair. Pure. */
import type { DeviceId } from "@pinhole/protocol";
import type { CandidateKind, PathType, Reason, ReasonCode } from "@pinhole/protocol/control";
import { mirrorCode } from "@pinhole/protocol/explain";
import type { NamedPath } from "./named-path.ts";
import type { Side } from "./pair.ts";

/** What one side last said of the path to the other. */
export type Report = { readonly path: NamedPath; readonly reason: Reason | null; readonly updatedAt: Date };
export type Reports = Readonly<Record<Side, Report | null>>;

/** A reason as seen from the pair, not from the device that reported it. */
export type PairReason = {
  readonly code: ReasonCode;
  readonly side: Side | "both" | null;
  /** False: inferred, likely but not proven. */
  readonly measured: boolean;
};

/**
 * `offline`: one of them is, so that whatever was reported is history. `unknown`: nothing was reported.
 * Otherwise the worse of what the two sides say, since traffic needs both directions.
 */
export type PairState = {
  readonly kind: "direct" | "relay" | "none" | "offline" | "unknown";
  readonly type: PathType | null;
  readonly relay: string | null;
  /** Who passes the packets on, where that is a device and no relay; `relay` is then its name. */
  readonly viaDevice: DeviceId | null;
  /** By which kind of candidate each side is reached; null unless the path is direct and both are known. */
  readonly candidates: Readonly<Record<Side, CandidateKind>> | null;
  readonly rttMs: number | null;
  readonly since: Date | null;
  readonly reason: PairReason | null;
  /** The two sides do not say the same: one direction goes another way, or one report is on its way. */
  readonly isOneSided: boolean;
};

const WORST_FIRST = ["none", "relay", "direct"] as const;

const BLANK = {
  type: null,
  relay: null,
  viaDevice: null,
  candidates: null,
  rttMs: null,
  since: null,
  reason: null,
  isOneSided: false,
} as const;

export function pairState(reports: Reports, isOnline: Readonly<Record<Side, boolean>>): PairState {
  if (!isOnline.a || !isOnline.b) return { kind: "offline", ...BLANK };
  const said = (["a", "b"] as const).flatMap((side) => {
    const report = reports[side];
    return report === null ? [] : [{ side, ...report }];
  });
  const worst = WORST_FIRST.flatMap((kind) => said.filter(({ path }) => path.kind === kind))[0];
  if (worst === undefined) return { kind: "unknown", ...BLANK };

  const { path } = worst;
  const explained = [worst, ...said].find(({ reason }) => reason !== null);
  return {
    kind: path.kind,
    type: path.type ?? null,
    relay: path.relay ?? null,
    viaDevice: path.viaDevice ?? null,
    candidates: toCandidates(path, worst.side),
    rttMs: path.rttMs ?? null,
    since: new Date(path.since),
    reason: path.kind === "direct" || explained === undefined ? null : toPairReason(explained.reason, explained.side),
    isOneSided: said.some((other) => other.path.kind !== path.kind),
  };
}

function toCandidates({ localCandidate, remoteCandidate }: NamedPath, reporter: Side): PairState["candidates"] {
  if (localCandidate === undefined || remoteCandidate === undefined) return null;
  return reporter === "a" ? { a: localCandidate, b: remoteCandidate } : { a: remoteCandidate, b: localCandidate };
}

function toPairReason(reason: Reason | null, reporter: Side): PairReason | null {
  if (reason === null) return null;
  const other = reporter === "a" ? "b" : "a";
  const side = reason.side === "self" ? reporter : reason.side === "peer" ? other : (reason.side ?? null);
  const code = reporter === "a" ? reason.code : mirrorCode(reason.code);
  return { code, side, measured: reason.measured };
}
