/** A netmap and a change to it → the next netmap. Pure. */
import { err, ok, type Result } from "@pinhole/protocol";
import {
  MAX_PEERS,
  type Netmap,
  type NetmapDelta,
  type NetmapPeer,
  type SessionEvent,
} from "@pinhole/protocol/control";
import { applyFilterChange, type FilterRule } from "@pinhole/protocol/policy";
import { hashFilter } from "./hash-filter.ts";

/**
 * `wrong-base`, `wrong-filter`: the change is for another revision, or another filter, than the one held. `too-many-peers`:
 * each change is within its bound, and together they are not. A whole netmap puts all of them right.
 */
type DeltaProblem = "wrong-base" | "wrong-filter" | "too-many-peers";

export function applyDelta(netmap: Netmap, delta: NetmapDelta): Result<Netmap, DeltaProblem> {
  if (delta.from !== netmap.revision) return err("wrong-base");
  const filter = nextFilter(netmap.filter, delta);
  if (!filter.ok) return filter;
  const peers = nextPeers(netmap.peers, delta);
  if (peers.length > MAX_PEERS) return err("too-many-peers");
  return ok({
    revision: delta.revision,
    self: delta.self ?? netmap.self,
    peers,
    filter: filter.value,
    relays: delta.relays ?? netmap.relays,
    stun: delta.stun ?? netmap.stun,
  });
}

function nextFilter(held: FilterRule[], { filter, filterChange }: NetmapDelta): Result<FilterRule[], "wrong-filter"> {
  return filterChange === undefined ? ok(filter ?? held) : applyFilterChange(held, filterChange, hashFilter);
}

function nextPeers(held: NetmapPeer[], { upserted, removed, staying }: NetmapDelta): NetmapPeer[] {
  if (upserted.length + removed.length === 0 && staying === undefined) return held;
  const changed = new Map(upserted.map((peer) => [peer.id, peer]));
  const goneOrChanged = new Set<string>([...removed, ...changed.keys()]);
  const stay = staying && new Set<string>(staying);
  const kept = held.filter(({ id }) => !goneOrChanged.has(id) && stay?.has(id) !== false);
  return [...kept, ...changed.values()];
}

export function applyPresence(netmap: Netmap, presence: SessionEvent & { readonly kind: "presence" }): Netmap {
  const online = new Set<string>(presence.online);
  const offline = new Set<string>(presence.offline);
  const isOnline = (id: string, was: boolean): boolean =>
    online.has(id) || (presence.all ? false : was && !offline.has(id));
  return {
    ...netmap,
    // Peers for whom nothing changes stay the same objects: that is how others see it.
    peers: netmap.peers.map((peer) => {
      const online = isOnline(peer.id, peer.online);
      return online === peer.online ? peer : { ...peer, online };
    }),
  };
}
