/**
 * What a NAT remembers. A mapping joins an endpoint inside with a public one; a session is one
 * remote endpoint on a mapping. Both end by the clock, and are cleared away when somebody looks.
 */
import { addressOf, type EndpointKey } from "../address-book.ts";
import type { Dependence, NatTimeouts } from "./options.ts";

export type Session = {
  expiresAt: number;
  usedAt: number;
  hasOut: boolean;
  hasIn: boolean;
};

export type Mapping = {
  readonly inside: EndpointKey;
  readonly outside: EndpointKey;
  /** The part of the remote that the mapping is for: see {@link scopeOf}. */
  readonly scope: number;
  /** For this one remote because the ordinary mapping's public port was taken towards it. */
  readonly isDiverted: boolean;
  readonly createdAt: number;
  /** Never later than `endsAt`. */
  expiresAt: number;
  /** Its absolute end. */
  readonly endsAt: number;
  readonly sessions: Map<EndpointKey, Session>;
  /** With address-dependent filtering: until when any port of an address may send. */
  readonly permitted: Map<number, number> | undefined;
};

/** The part of a remote endpoint that a behaviour tells apart. */
export function scopeOf(behaviour: Dependence | "none", remote: EndpointKey): number {
  switch (behaviour) {
    case "none":
    case "endpoint-independent":
      return 0;
    case "address-dependent":
      return addressOf(remote);
    case "address-and-port-dependent":
      return remote;
  }
}

/** A packet keeps a session, and the mapping under it, alive. */
export function refresh(mapping: Mapping, session: Session, { now, timeouts }: { now: number; timeouts: NatTimeouts }) {
  session.expiresAt = now + (session.hasIn && session.hasOut ? timeouts.assuredMs : timeouts.unrepliedMs);
  const until = timeouts.mappingMs === undefined ? session.expiresAt : now + timeouts.mappingMs;
  if (until > mapping.expiresAt) mapping.expiresAt = Math.min(until, mapping.endsAt);
}
