/**
 * Who gains and who loses what by a new policy, in pairs of devices with a direction. Pure.
 *
 * Devices that are in the same grants, before and after, are one class: a thousand devices are seldom more than a few
 * dozen, and a million pairs are counted without looking at each.
 */
import type { DeviceId } from "../ids.ts";
import { livingAt } from "./expiry.ts";
import { isAt } from "./match-device.ts";
import { newMatcher } from "./party.ts";
import type { Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";

/** What `from` may open at `to`, such as `icmp, tcp:22`; null: nothing. */
export type PairChange = {
  readonly from: DeviceId;
  readonly to: DeviceId;
  readonly before: string | null;
  readonly after: string | null;
};

export type ReachChange = {
  /** Pairs of which the one may open something at the other. */
  readonly pairs: { readonly before: number; readonly after: number };
  readonly gained: number;
  readonly lost: number;
  /** Neither gained nor lost: other services, or another transport. */
  readonly altered: number;
  /** Of those that lose: pairs of which a watched device is the source. */
  readonly watchedLost: number;
  /** Of all three, those that lose first. */
  readonly examples: readonly PairChange[];
};

const MAX_EXAMPLES = 200;

type Sides = { readonly before: Grants; readonly after: Grants };
type Grants = { readonly asSource: readonly number[]; readonly asDestination: readonly number[] };
type Class = { readonly sides: Sides; readonly ids: DeviceId[] };

/** Both as they are at that moment: what has ended by then is nothing that anybody loses. */
export function compareReach(
  policies: { readonly before: Policy; readonly after: Policy },
  devices: readonly PolicyDevice[],
  { at, watched = new Set() }: { readonly at: number; readonly watched?: ReadonlySet<DeviceId> },
): ReachChange {
  const [before, after] = [livingAt(policies.before, at), livingAt(policies.after, at)];
  const classes = classify(before, after, devices);
  const count = { before: 0, after: 0, gained: 0, lost: 0, altered: 0, watchedLost: 0 };
  const changes: {
    readonly from: Class;
    readonly to: Class;
    readonly was: string | null;
    readonly is: string | null;
  }[] = [];
  for (const from of classes) {
    for (const to of classes) {
      const size = from === to ? from.ids.length * (from.ids.length - 1) : from.ids.length * to.ids.length;
      if (size === 0) continue;
      const was = servicesOf(before, from.sides.before, to.sides.before);
      const is = servicesOf(after, from.sides.after, to.sides.after);
      if (was !== null) count.before += size;
      if (is !== null) count.after += size;
      if (was === is) continue;
      if (is === null) {
        const own = from.ids.filter((id) => watched.has(id)).length;
        count.watchedLost += own * (from === to ? to.ids.length - 1 : to.ids.length);
      }
      count[was === null ? "gained" : is === null ? "lost" : "altered"] += size;
      changes.push({ from, to, was, is });
    }
  }
  const rank = ({ was, is }: (typeof changes)[number]) => (is === null ? 0 : was === null ? 2 : 1);
  const examples: PairChange[] = [];
  for (const { from, to, was, is } of changes.toSorted((one, other) => rank(one) - rank(other)))
    addExamples(examples, { from, to, was, is });
  return {
    pairs: { before: count.before, after: count.after },
    gained: count.gained,
    lost: count.lost,
    altered: count.altered,
    watchedLost: count.watchedLost,
    examples,
  };
}

function addExamples(
  examples: PairChange[],
  {
    from,
    to,
    was,
    is,
  }: { readonly from: Class; readonly to: Class; readonly was: string | null; readonly is: string | null },
): void {
  for (const source of from.ids) {
    for (const destination of to.ids) {
      if (examples.length >= MAX_EXAMPLES) return;
      if (source !== destination) examples.push({ from: source, to: destination, before: was, after: is });
    }
  }
}

function classify(before: Policy, after: Policy, devices: readonly PolicyDevice[]): Class[] {
  const [grantsBefore, grantsAfter] = [grantsOf(before), grantsOf(after)];
  const classes = new Map<string, Class>();
  for (const device of devices) {
    const sides = { before: grantsBefore(device), after: grantsAfter(device) };
    const key = JSON.stringify(sides);
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { sides, ids: [device.id] });
    else known.ids.push(device.id);
  }
  return [...classes.values()];
}

/** By index, the grants that a device is a source and a destination of. */
function grantsOf(policy: Policy): (device: PolicyDevice) => Grants {
  const sides = policy.grants.map(({ src, dst }) => ({ src: newMatcher(policy, src), dst: newMatcher(policy, dst) }));
  return (device) => {
    const at = (side: "src" | "dst") => sides.flatMap((grant, index) => (isAt(grant[side], device) ? [index] : []));
    return { asSource: at("src"), asDestination: at("dst") };
  };
}

function servicesOf({ grants }: Policy, from: Grants, to: Grants): string | null {
  const held = new Set(from.asSource);
  const joining = to.asDestination.flatMap((index) => (held.has(index) ? (grants[index] ?? []) : []));
  if (joining.length === 0) return null;
  const services = new Set(joining.flatMap(({ ip }) => ip));
  const transports = new Set(joining.flatMap(({ transport }) => transport ?? []));
  return [services.has("*") ? "*" : [...services].toSorted().join(", "), ...[...transports].toSorted()].join(", ");
}
