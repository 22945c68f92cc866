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
  /**
   * `diverted`: for this one remote, because the ordinary mapping's public port was taken towards it.
   * `forward`: a host has asked for it (PCP, NAT-PMP, UPnP), and everybody may send to it.
   */
  readonly kind: "ordinary" | "diverted" | "forward";
  readonly createdAt: number;
  /** Never later than `endsAt`. */
  expiresAt: number;
  /** Its absolute end; a forward's can be put off. */
  endsAt: number;
  readonly sessions: Map<EndpointKey, Session>;
  /** With address-dependent filtering: until when any port of an address may send. */
  readonly permitted: Map<number, number> | undefined;
};

/** One that nobody uses yet, and that lasts to its end. */
export function newMapping(
  fields: Pick<Mapping, "inside" | "outside" | "scope" | "kind" | "createdAt" | "endsAt">,
): Mapping {
  return { ...fields, expiresAt: fields.endsAt, sessions: new Map(), permitted: undefined };
}

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
