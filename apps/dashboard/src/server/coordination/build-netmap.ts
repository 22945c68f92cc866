/** Rows and a compiled policy → what one device may know. Pure. */
import type { DeviceId } from "@pinhole/protocol";
import { MAX_PEERS, type Netmap, type NetmapDelta, type NetmapPeer } from "@pinhole/protocol/control";
import { isAdmitted, standingOf } from "../devices/standing.ts";
import { type KnownPeer, knownChange, knownTo } from "./known-peers.ts";
import { peerEntry } from "./peer-entry.ts";
import { addressesOf, type Changes, type TeamDevice, type TeamSnapshot } from "./team-cache.ts";

/** What every netmap of this server says about the server. */
export type NetmapServices = Pick<Netmap, "relays" | "stun">;

export type NetmapInputs = {
  readonly snapshot: TeamSnapshot;
  readonly self: TeamDevice;
  readonly services: NetmapServices;
  readonly isOnline: (deviceId: DeviceId) => boolean;
};

export type PeerChange = Pick<NetmapDelta, "upserted" | "removed">;

export function buildNetmap(inputs: NetmapInputs): Netmap {
  const { snapshot, self, services } = inputs;
  return {
    revision: snapshot.revision,
    self: buildSelf(snapshot, self),
    peers: entriesOf(inputs, knownTo(snapshot, self.id)).slice(0, MAX_PEERS),
    filter: snapshot.policy.filterFor(self.id),
    ...services,
  };
}

/**
 * What a device may have missed of these; whom it knew before is not known here, so that those are removed, too, whom it
 * may never have known.
 */
export function buildMissed(inputs: NetmapInputs, changed: Changes["devices"]): PeerChange {
  const { snapshot, self, isOnline } = inputs;
  const upserted: NetmapPeer[] = [];
  const removed: DeviceId[] = [];
  for (const id of changed) {
    if (id === self.id) continue;
    const row = snapshot.devices.get(id);
    if (row !== undefined && isVisible(snapshot, self.id, row))
      upserted.push(peerEntry(row, snapshot.policy.relation(self.id, id), isOnline(id)));
    else removed.push(id);
  }
  return { upserted, removed };
}

/** What a change of a few devices changes for one that knows whom `held` lets it know. */
export function buildFewChanges(inputs: NetmapInputs, held: TeamSnapshot, changed: Changes["devices"]): PeerChange {
  const { upserted, removed } = buildMissed(inputs, changed);
  // Of who never was a peer it hears nothing, not even that there is one.
  return { upserted, removed: removed.filter((id) => held.policy.mayTalk(inputs.self.id, id)) };
}

/** What a new policy changes for a device that is the same and knows whom `held` lets it know. */
export function buildPolicyChange(inputs: NetmapInputs, held: TeamSnapshot): PeerChange {
  const { snapshot, self } = inputs;
  const { upserted, removed } = knownChange(held, snapshot, self.id);
  return { upserted: entriesOf(inputs, upserted), removed: removed.filter((id) => id !== self.id) };
}

/** The ids alone: whose presence matters. */
export function visiblePeerIds(snapshot: TeamSnapshot, self: DeviceId): DeviceId[] {
  return knownTo(snapshot, self).flatMap(({ row }) => (row.id === self ? [] : [row.id]));
}

/** Whom a relay ticket names: those that a relay may carry anything to. */
export function relayPeerIds(snapshot: TeamSnapshot, self: DeviceId): DeviceId[] {
  return knownTo(snapshot, self).flatMap(({ row, relation }) =>
    row.id === self || relation.transport === "direct-only" ? [] : [row.id],
  );
}

/**
 * What decides which peers a device sees, apart from the peers' own rows. When it changes, a delta by the log would not
 * say enough.
 */
export function visibilityKey(self: TeamDevice): string {
  const { ipv4, ipv6, tags, user } = self;
  return JSON.stringify([ipv4, ipv6, tags, user, standingOf(self)]);
}

export function isVisible({ policy }: TeamSnapshot, self: DeviceId, other: TeamDevice): boolean {
  return isAdmitted(other) && policy.mayTalk(self, other.id);
}

export function buildSelf({ team }: TeamSnapshot, self: TeamDevice): Netmap["self"] {
  const standing = standingOf(self);
  return {
    id: self.id,
    name: self.name,
    team: { id: team.id, slug: team.slug, name: team.name },
    addresses: addressesOf(self),
    ranges: [team.ipv4Range, team.ipv6Range],
    ...(standing === "admitted" ? {} : { standing }),
    ...(self.keyExpiresAt === null ? {} : { keyExpiresAt: self.keyExpiresAt.getTime() }),
  };
}

function entriesOf({ self, isOnline }: NetmapInputs, peers: readonly KnownPeer[]): NetmapPeer[] {
  const entries: NetmapPeer[] = [];
  for (const { row, relation } of peers) {
    if (row.id !== self.id) entries.push(peerEntry(row, relation, isOnline(row.id)));
  }
  return entries;
}
