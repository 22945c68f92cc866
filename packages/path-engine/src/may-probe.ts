/**
 * Which endpoints of a peer this device sends probes to.
 *
 * Candidates are the peer's word: without these rules a member could aim every agent of its
 * team at machines inside their own networks. Private addresses are probed only where the
 * peer can plausibly be: on a prefix of one of our interfaces, behind the same public
 * address as we, or, when the server itself sees us by a private address, in that network.
 */
import {
  addressScope,
  type Endpoint,
  isAcceptableCandidate,
  contains,
  type Prefix,
  parseAddress,
  parseEndpoint,
  prefixOf,
} from "@pinhole/protocol";
import type { Candidate, NatProfile } from "@pinhole/protocol/control";

export type Vicinity = {
  readonly connected: readonly Prefix[];
  /** Never probed, not even when a peer's packets come from there. */
  readonly denied: readonly Prefix[];
  readonly publicAddresses: ReadonlySet<string>;
  /** Through which IPv4 is reached from a network without it. */
  readonly nat64Prefix?: Prefix | undefined;
};

export const NOWHERE: Vicinity = { connected: [], denied: [], publicAddresses: new Set() };

/** Reads prefixes as interfaces show them, host bits and all; what is no prefix is left out. */
export function parsePrefixes(texts: readonly string[]): Prefix[] {
  return texts.flatMap((text) => {
    const [address = "", length = ""] = text.split("/");
    const parsed = parseAddress(address);
    if (!parsed.ok || !/^[0-9]{1,3}$/.test(length)) return [];
    const bits = parsed.value.includes(":") ? 128 : 32;
    return Number(length) > bits ? [] : [prefixOf(parsed.value, Number(length))];
  });
}

/** The addresses by which servers see a device. */
export function publicAddresses(candidates: readonly Candidate[], natProfile: NatProfile | null): Set<string> {
  const reflexive = candidates.filter(({ kind }) => kind === "server-reflexive").map(({ endpoint }) => endpoint);
  const addresses = [...reflexive, ...(natProfile?.publicEndpoints ?? [])].flatMap((text) => {
    const endpoint = parseEndpoint(text);
    return endpoint.ok ? [endpoint.value.address] : [];
  });
  return new Set(addresses);
}

/** Whether an endpoint may be answered and probed at all, wherever it was learnt. */
export function isSendable(endpoint: Endpoint, { denied }: Vicinity): boolean {
  return isAcceptableCandidate(endpoint) && !denied.some((prefix) => contains(prefix, endpoint.address));
}

/** Whether to probe an endpoint because the peer says that it is there. */
export function mayProbe(endpoint: Endpoint, self: Vicinity, peerPublicAddresses: ReadonlySet<string>): boolean {
  if (!isSendable(endpoint, self)) return false;
  if (!isPrivate(endpoint.address) || isOnLink(endpoint, self)) return true;
  const ours = [...self.publicAddresses];
  return ours.some((address) => peerPublicAddresses.has(address)) || ours.some(isPrivate);
}

export function isOnLink({ address }: Endpoint, { connected }: Vicinity): boolean {
  return connected.some((prefix) => contains(prefix, address));
}

export function isPrivate(address: string): boolean {
  const scope = addressScope(address);
  return scope === "private" || scope === "carrier-grade";
}
