/**
 * The team's NATs against each other: what the strategy expects of two of a kind, and what became of the pairs that talk.
 * Where the two disagree, a measurement or the model is wrong.
 */
import type { Db } from "@pinhole/drizzle";
import { device } from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { planStrategy, type StageKind } from "@pinhole/protocol/punch";
import { and, eq, isNull } from "drizzle-orm";
import { WHOLE_SIGHT } from "../devices/sight.ts";
import type { HubPort } from "../hub-port.ts";
import { listConnections } from "./connection-summary.ts";
import { NAT_KINDS, type NatKind, natKind } from "./nat-kind.ts";

export type NatRow = { readonly kind: NatKind; readonly devices: number };

export type NatCell = {
  /** 0 to 1. */
  readonly expected: number;
  /** The stage that is to open it: the last of the plan. */
  readonly technique: StageKind;
  /** Pairs that talk and are online: those that are direct, and all. */
  readonly direct: number;
  readonly pairs: number;
  /** Expected and observed are at odds. */
  readonly isSurprising: boolean;
};

export type NatMatrix = {
  /** The kinds that the team has, from the easiest to the hardest. */
  readonly kinds: readonly NatRow[];
  /** A row for each kind, with a cell for each kind in the same order. */
  readonly cells: readonly (readonly NatCell[])[];
};

export function natMatrix(sources: { db: Db; hub: HubPort }, teamId: TeamId, now: Date): NatMatrix {
  const devices = sources.db
    .select({ id: device.id, natProfile: device.natProfile })
    .from(device)
    .where(and(eq(device.teamId, teamId), isNull(device.revokedAt)))
    .all();
  const kindOf = new Map<DeviceId, NatKind>(devices.map(({ id, natProfile }) => [id, natKind(natProfile)]));
  const observed = observe(sources, { teamId, now, kindOf });
  const kinds = NAT_KINDS.flatMap((kind) => {
    const profiles = devices.filter(({ id }) => kindOf.get(id) === kind);
    const [first] = profiles;
    // Those of a kind differ in nothing that the strategy looks at but numbers.
    return first === undefined ? [] : [{ kind, devices: profiles.length, example: first.natProfile }];
  });
  return {
    kinds: kinds.map(({ kind, devices: count }) => ({ kind, devices: count })),
    cells: kinds.map((row) => kinds.map((column) => cellOf(row, column, observed))),
  };
}

type Kind = { readonly kind: NatKind; readonly example: NatProfile | null };
type Counts = { direct: number; pairs: number };

function cellOf(row: Kind, column: Kind, observed: ReadonlyMap<string, Counts>): NatCell {
  const { predictedChance: expected, stages } = planStrategy(row.example, column.example);
  const { direct, pairs } = observed.get(keyOf(row.kind, column.kind)) ?? { direct: 0, pairs: 0 };
  const share = pairs === 0 ? undefined : direct / pairs;
  return {
    expected,
    technique: stages.at(-1)?.kind ?? "simultaneous",
    direct,
    pairs,
    isSurprising: share !== undefined && Math.abs(share - expected) > 0.5,
  };
}

function observe(
  sources: { db: Db; hub: HubPort },
  { teamId, now, kindOf }: { teamId: TeamId; now: Date; kindOf: ReadonlyMap<DeviceId, NatKind> },
): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  for (const { a, b, state } of listConnections(sources, { teamId, sight: WHOLE_SIGHT }, now)) {
    const [one, other] = [kindOf.get(a.id), kindOf.get(b.id)];
    if (one === undefined || other === undefined || state.kind === "offline" || state.kind === "unknown") continue;
    const key = keyOf(one, other);
    const before = counts.get(key) ?? { direct: 0, pairs: 0 };
    counts.set(key, { direct: before.direct + (state.kind === "direct" ? 1 : 0), pairs: before.pairs + 1 });
  }
  return counts;
}

const keyOf = (one: NatKind, other: NatKind): string => [one, other].toSorted().join(" ");
