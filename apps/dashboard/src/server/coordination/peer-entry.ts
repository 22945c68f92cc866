/**
 * A peer as a netmap names it: one object for all sessions that are told the same of it, so that it is made, and put into
 * text (see session-text.ts), once and not for each of them.
 */
import type { NetmapPeer } from "@pinhole/protocol/control";
import type { Relation } from "@pinhole/protocol/policy";
import { addressesOf, type TeamDevice } from "./team-cache.ts";

const entries = new WeakMap<TeamDevice, Map<string, NetmapPeer>>();

export function peerEntry(row: TeamDevice, relation: Relation, online: boolean): NetmapPeer {
  const made = entries.get(row) ?? new Map<string, NetmapPeer>();
  entries.set(row, made);
  const { transport, mayRelay, isRelayed } = relation;
  const key = `${transport}${online ? "+" : "-"}${mayRelay ? "+" : "-"}${isRelayed ? "+" : "-"}`;
  const entry = made.get(key) ?? newEntry(row, relation, online);
  made.set(key, entry);
  return entry;
}

function newEntry(
  row: TeamDevice,
  { transport, mayRelay: relays, isRelayed: isRelayedBy }: Relation,
  online: boolean,
): NetmapPeer {
  // Devices that may not learn each other's addresses are told none, and cannot even recognise each other's probes.
  const isHidden = transport === "relay-only";
  return {
    id: row.id,
    name: row.name,
    nodeKey: row.nodeKey,
    addresses: addressesOf(row),
    online,
    candidates: isHidden ? [] : row.candidates,
    natProfile: isHidden ? null : row.natProfile,
    probeEpoch: isHidden ? null : row.probeEpoch,
    ...(transport === "prefer-direct" ? {} : { transport }),
    ...(row.relays === null ? {} : { relays: row.relays }),
    // Said from the peer's side: it may relay for this device.
    ...(isRelayedBy ? { mayRelay: true } : {}),
    ...(relays ? { isRelayed: true } : {}),
  };
}
