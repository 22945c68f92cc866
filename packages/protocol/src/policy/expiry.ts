/**
 * Grants that end. From the moment that `expires` names, a grant says nothing: the server leaves it out of what it
 * compiles, and the agent drops what it allowed by its own look at the time.
 */
import * as z from "zod";

type Ending = { readonly expires?: string | undefined };

/** A moment, not a day: midnight is another one in every zone. */
export const expirySchema = z.iso.datetime({
  offset: true,
  error: 'not a time: write it as "2026-12-31T18:00:00Z" or with an offset',
});

/** Milliseconds since the epoch; null: never. */
export const expiryOf = ({ expires }: Ending): number | null => (expires === undefined ? null : Date.parse(expires));

export function hasExpired(grant: Ending, at: number): boolean {
  const expiry = expiryOf(grant);
  return expiry !== null && expiry <= at;
}

/** The next moment at which the policy says something else by itself. */
export function nextExpiry({ grants }: { readonly grants: readonly Ending[] }, at: number): number | null {
  const ahead = grants.flatMap((grant) => expiryOf(grant) ?? []).filter((expiry) => expiry > at);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** Without the grants that have ended. */
export function livingAt<P extends { readonly grants: readonly Ending[] }>(policy: P, at: number): P {
  return { ...policy, grants: policy.grants.filter((grant) => !hasExpired(grant, at)) };
}
