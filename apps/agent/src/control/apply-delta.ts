/** A netmap and a change to it → the next netmap. Pure. */
import { err, ok, type Result } from "@pinhole/protocol";
import { MAX_PEERS, type Netmap, type NetmapDelta, type SessionEvent } from "@pinhole/protocol/control";

/**
 * `wrong-base`: the change is for another revision than the one held; ask for a whole netmap. `too-many-peers`: each change
 * is within its bound, and together they are not.
 */
export function applyDelta(netmap: Netmap, delta: NetmapDelta): Result<Netmap, "wrong-base" | "too-many-peers"> {
  if (delta.from !== netmap.revision) return err("wrong-base");
  const gone = new Set<string>(delta.removed);
  const changed = new Map(delta.upserted.map((peer) => [peer.id, peer]));
  const kept = netmap.peers.filter(({ id }) => !gone.has(id) && !changed.has(id));
  if (kept.length + changed.size > MAX_PEERS) return err("too-many-peers");
  return ok({
    revision: delta.revision,
    self: delta.self ?? netmap.self,
    peers: [...kept, ...changed.values()],
    filter: delta.filter ?? netmap.filter,
    relays: delta.relays ?? netmap.relays,
    stun: delta.stun ?? netmap.stun,
  });
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
