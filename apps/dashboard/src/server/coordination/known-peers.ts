/**
 * Whom a policy lets a device know, and what that changes from one snapshot to the next. Pure.
 *
 * Both are the same for all devices of a kind, so that they are worked out once for a few dozen kinds and not for each of
 * a thousand sessions. A list may name the asking device itself, when its kind is let know itself: who asks leaves it out.
 */
import type { DeviceId } from "@pinhole/protocol";
import { type CompiledPolicy, isSameRelation, type Relation, STRANGERS } from "@pinhole/protocol/policy";
import type { TeamDevice, TeamSnapshot } from "./team-cache.ts";

export type KnownPeer = { readonly row: TeamDevice; readonly relation: Relation };

export type KnownChange = {
  /** Those that come, stand to the device otherwise than before, or are otherwise themselves. */
  readonly upserted: readonly KnownPeer[];
  readonly removed: readonly DeviceId[];
};

const NOBODY: readonly KnownPeer[] = [];
const known = new WeakMap<TeamSnapshot, Map<number, readonly KnownPeer[]>>();

/** In the order of the snapshot. */
export function knownTo(snapshot: TeamSnapshot, self: DeviceId): readonly KnownPeer[] {
  const kind = snapshot.policy.kindOf(self);
  if (kind === undefined) return NOBODY;
  const byKind = upsert(known, snapshot, () => new Map<number, readonly KnownPeer[]>());
  return upsert(byKind, kind, () =>
    [...snapshot.devices.values()].flatMap((row) => {
      const relation = relationOf(snapshot.policy, kind, snapshot.policy.kindOf(row.id));
      return relation.mayTalk ? [{ row, relation }] : [];
    }),
  );
}

/** `held` and `next` by the device's kind in the one and in the other. */
type Transition = { readonly devices: readonly Moved[]; readonly changes: Map<string, KnownChange> };

type Moved = {
  readonly id: DeviceId;
  readonly row: TeamDevice | undefined;
  readonly before: number | undefined;
  readonly after: number | undefined;
};

const transitions = new WeakMap<TeamSnapshot, WeakMap<TeamSnapshot, Transition>>();

/** What has changed for a device that knows whom `held` lets it know. */
export function knownChange(held: TeamSnapshot, next: TeamSnapshot, self: DeviceId): KnownChange {
  const fromHere = upsert(transitions, held, () => new WeakMap<TeamSnapshot, Transition>());
  const { devices, changes } = upsert(fromHere, next, () => newTransition(held, next));
  const [before, after] = [held.policy.kindOf(self), next.policy.kindOf(self)];
  return upsert(changes, `${before} ${after}`, () => {
    const upserted: KnownPeer[] = [];
    const removed: DeviceId[] = [];
    for (const { id, row, ...other } of devices) {
      const was = relationOf(held.policy, before, other.before);
      const relation = relationOf(next.policy, after, other.after);
      if (!relation.mayTalk) {
        if (was.mayTalk) removed.push(id);
      } else if (row !== undefined && (row !== held.devices.get(id) || !isSameRelation(was, relation)))
        upserted.push({ row, relation });
    }
    return { upserted, removed };
  });
}

function newTransition(held: TeamSnapshot, next: TeamSnapshot): Transition {
  const ids = new Set([...next.devices.keys(), ...held.devices.keys()]);
  const devices = [...ids].flatMap((id) => {
    const [before, after] = [held.policy.kindOf(id), next.policy.kindOf(id)];
    return before === undefined && after === undefined ? [] : [{ id, row: next.devices.get(id), before, after }];
  });
  return { devices, changes: new Map() };
}

function relationOf(policy: CompiledPolicy, a: number | undefined, b: number | undefined): Relation {
  return a === undefined || b === undefined ? STRANGERS : policy.relationOfKinds(a, b);
}

type Memory<Key, Value> = { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown };

function upsert<Key, Value>(memory: Memory<Key, Value>, key: Key, make: () => Value): Value {
  const found = memory.get(key);
  if (found !== undefined) return found;
  const made = make();
  memory.set(key, made);
  return made;
}
