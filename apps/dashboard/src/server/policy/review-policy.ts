/** What a draft would change, asked while it is written and once more when it is saved. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import { err, ok, type Result, type TeamId } from "@pinhole/protocol";
import {
  type CheckedPolicy,
  checkPolicy,
  compareReach,
  parsePolicy,
  type PolicyError,
  type ReachChange,
} from "@pinhole/protocol/policy";
import type { Refusal } from "../refusal.ts";
import { ownDevices } from "../devices/own-devices.ts";
import { policySetting } from "./policy-setting.ts";
import { latestPolicy } from "./policy-versions.ts";

export type NamedPairChange = {
  readonly from: { readonly id: string; readonly name: string };
  readonly to: { readonly id: string; readonly name: string };
  readonly before: string | null;
  readonly after: string | null;
};

export type PolicyReview =
  | { readonly kind: "fault"; readonly fault: PolicyError }
  | ({
      readonly kind: "change";
      readonly change: Omit<ReachChange, "examples" | "watchedLost">;
      readonly examples: readonly NamedPairChange[];
      /** Devices that the reviewer's own lose the way to. */
      readonly ownLost: number;
      /** It takes something from so many, or from the reviewer's own devices, that it has to be confirmed by typing the team's name in addresses. */
      readonly needsConfirmation: boolean;
    } & Pick<CheckedPolicy, "warnings" | "failures">);

/** Of all pairs that may open something: more of them lost than this is seldom meant. */
const MOST_LOST = 0.5;

type Draft = {
  readonly teamId: TeamId;
  readonly document: string;
  /** Whose own devices must not be cut off unasked; null: nobody's. */
  readonly reviewer: string | null;
};

export function reviewPolicy(
  db: Pick<Tx, "select">,
  { teamId, document, reviewer }: Draft,
  now: Date,
): Result<PolicyReview, Refusal> {
  const live = latestPolicy(db, teamId);
  const before = live === undefined ? undefined : parsePolicy(live.document);
  if (before === undefined || !before.ok) return err({ code: "policy-not-found" });
  const setting = policySetting(db, teamId, now);
  const checked = checkPolicy(document, setting);
  if (!checked.ok) return ok({ kind: "fault", fault: checked.error });

  const { policy: after, warnings, failures } = checked.value;
  const names = new Map(setting.devices.map(({ id, name }) => [id, name]));
  const named = (id: (typeof setting.devices)[number]["id"]) => ({ id, name: names.get(id) ?? id });
  const watched = new Set(ownDevices(db, { teamId, userId: reviewer }));
  const { examples, watchedLost, ...change } = compareReach({ before: before.value, after }, setting.devices, {
    at: setting.at,
    watched,
  });
  return ok({
    kind: "change",
    change,
    examples: examples.map(({ from, to, ...rest }) => ({ from: named(from), to: named(to), ...rest })),
    ownLost: watchedLost,
    needsConfirmation: watchedLost > 0 || change.lost > change.pairs.before * MOST_LOST,
    warnings,
    failures,
  });
}
