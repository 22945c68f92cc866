/** How often an unused path, or a binding, is to be heard from so that no NAT on it forgets; pure. */
import type { NatProfile } from "@pinhole/protocol/control";

/** Where the lifetime is not known: well inside the 30 s after which many NATs drop a UDP binding. */
export const IDLE_PING_MS = 15_000;

/** A NAT that forgets faster than this is not worth its packets. */
const LEAST_MS = 8_000;

/** A path that died should be found out before it is needed, mostly. */
const MOST_MS = 120_000;

/** A ping that is lost is repeated within seconds, and there is time for that. */
const SHARE = 0.8;

type Lifetime = Pick<NatProfile, "lifetimeMs">;

/** Of one NAT. */
export function keepaliveFor(profile: Lifetime | null): number {
  if (profile?.lifetimeMs === undefined) return IDLE_PING_MS;
  return Math.min(MOST_MS, Math.max(LEAST_MS, SHARE * profile.lifetimeMs));
}

/** Of a path through both: either side may have chosen a binding of the other that it alone keeps. */
export function pathKeepalive(own: Lifetime | null, peers: Lifetime | null): number {
  return Math.min(keepaliveFor(own), keepaliveFor(peers));
}
