/** Rows and a compiled policy → what one device may know. Pure. */
import type { DeviceId } from "@pinhole/protocol";
import { MAX_PEERS, type Netmap, type NetmapDelta, type NetmapPeer } from "@pinhole/protocol/control";
import { type CompiledPolicy, isSameRelation, type Relation } from "@pinhole/protocol/policy";
import { isAdmitted, standingOf } from "../devices/standing.ts";
import { addressesOf, type Changes, type TeamDevice, type TeamSnapshot } from "./team-cache.ts";

/** What every netmap of this server says about the server. */
export type NetmapServices = Pick<Netmap, "relays" | "stun">;

export type NetmapInputs = {
  readonly snapshot: TeamSnapshot;
  readonly self: TeamDevice;
  readonly services: NetmapServices;
  readonly isOnline: (deviceId: DeviceId) => boolean;
};

export function buildNetmap({ snapshot, self, services, isOnline }: NetmapInputs): Netmap {
  const peers = [...snapshot.devices.values()].filter((other) => isVisible(snapshot, self.id, other));
  return {
    revision: snapshot.revision,
    self: buildSelf(snapshot, self),
    peers: peers.slice(0, MAX_PEERS).map((peer) => toPeer(peer, isOnline, relationTo(snapshot, self.id, peer))),
    filter: snapshot.policy.filterFor(self.id),
    ...services,
  };
}

/**
 * What a device that holds the netmap of `from` has missed. Everything that is not about a single peer goes along whole:
 * it is small, and the device's own copy is not known here.
 */
export function buildDelta(
  { snapshot, self, services, isOnline }: NetmapInputs,
  from: number,
  changes: Changes,
): NetmapDelta {
  const upserted: NetmapPeer[] = [];
  const removed: DeviceId[] = [];
  for (const id of changes.devices) {
    if (id === self.id) continue;
    const other = snapshot.devices.get(id);
    if (other !== undefined && isVisible(snapshot, self.id, other))
      upserted.push(toPeer(other, isOnline, relationTo(snapshot, self.id, other)));
    else removed.push(id);
  }
  return {
    from,
    revision: snapshot.revision,
    self: buildSelf(snapshot, self),
    upserted,
    removed,
    filter: snapshot.policy.filterFor(self.id),
    ...services,
  };
}

/** The ids alone: whom a relay ticket names and whose presence matters. */
export function visiblePeerIds(snapshot: TeamSnapshot, self: TeamDevice): DeviceId[] {
  return [...snapshot.devices.values()].filter((other) => isVisible(snapshot, self.id, other)).map(({ id }) => id);
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

function buildSelf({ team }: TeamSnapshot, self: TeamDevice): Netmap["self"] {
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

/**
 * What a new policy changes for a device that is the same and knows these peers: those that come, go, or stand to it
 * otherwise than by `before`, and any that changed besides.
 */
export function buildPolicyDelta(
  inputs: NetmapInputs,
  held: { readonly revision: number; readonly peers: ReadonlySet<DeviceId>; readonly policy: CompiledPolicy },
  changes: Changes,
): NetmapDelta {
  const { snapshot, self, services, isOnline } = inputs;
  const upserted: NetmapPeer[] = [];
  const removed = new Set(held.peers);
  for (const other of snapshot.devices.values()) {
    if (other.revokedAt !== null) continue;
    const relation = snapshot.policy.relation(self.id, other.id);
    if (!relation.mayTalk) continue;
    const isHeld = removed.delete(other.id) && !changes.devices.has(other.id);
    if (!isHeld || !isSameRelation(relation, held.policy.relation(self.id, other.id)))
      upserted.push(toPeer(other, isOnline, relation));
  }
  return {
    from: held.revision,
    revision: snapshot.revision,
    self: buildSelf(snapshot, self),
    upserted,
    removed: [...removed],
    filter: snapshot.policy.filterFor(self.id),
    ...services,
  };
}

const relationTo = ({ policy }: TeamSnapshot, self: DeviceId, { id }: TeamDevice): Relation =>
  policy.relation(self, id);

function toPeer(
  peer: TeamDevice,
  isOnline: (deviceId: DeviceId) => boolean,
  { transport, mayRelay: relays, isRelayed: isRelayedBy }: Relation,
): NetmapPeer {
  // Devices that may not learn each other's addresses are told none, and cannot even recognise each other's probes.
  const isHidden = transport === "relay-only";
  return {
    id: peer.id,
    name: peer.name,
    nodeKey: peer.nodeKey,
    addresses: addressesOf(peer),
    online: isOnline(peer.id),
    candidates: isHidden ? [] : peer.candidates,
    natProfile: isHidden ? null : peer.natProfile,
    probeEpoch: isHidden ? null : peer.probeEpoch,
    ...(transport === "prefer-direct" ? {} : { transport }),
    ...(peer.relays === null ? {} : { relays: peer.relays }),
    // Said from the peer's side: it may relay for this device.
    ...(isRelayedBy ? { mayRelay: true } : {}),
    ...(relays ? { isRelayed: true } : {}),
  };
}
