/** What a peer's word is good for: which of the endpoints that it names are sent to. Pure. */
import { addressFamily, embedIpv4, type Endpoint, parseEndpoint } from "@pinhole/protocol";
import type { PunchPlan } from "@pinhole/protocol/control";
import type { Note } from "@pinhole/protocol/probe";
import type { PeerInfo } from "./contract.ts";
import { isPrivate, isSendable, mayProbe, parsePrefixes, publicAddresses, type Vicinity } from "./may-probe.ts";
import type { Target } from "./pair-table.ts";

export function targetsOf({ candidates, natProfile, overlayPrefixes = [] }: PeerInfo, vicinity: Vicinity): Target[] {
  const self = { ...vicinity, denied: [...vicinity.denied, ...parsePrefixes(overlayPrefixes)] };
  const addresses = publicAddresses(candidates, natProfile);
  return candidates.flatMap(({ kind, endpoint: text }) => {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok || !mayProbe(endpoint.value, self, addresses)) return [];
    const target = { endpoint: endpoint.value, kind };
    const translated = throughNat64(endpoint.value, self);
    return translated === undefined ? [target] : [target, { endpoint: translated, kind }];
  });
}

/** How a public IPv4 endpoint is reached from a network of IPv6 alone, where that has a NAT64. */
function throughNat64({ address, port }: Endpoint, { nat64Prefix }: Vicinity): Endpoint | undefined {
  if (nat64Prefix === undefined || addressFamily(address) !== 4 || isPrivate(address)) return undefined;
  return { address: embedIpv4(nat64Prefix, address), port };
}

/** During an attempt we send to the addresses that the peer is known by, and to no other. */
export function admitted(
  note: Note,
  { candidates, natProfile }: PeerInfo,
  { plan, vicinity }: { readonly plan?: PunchPlan; readonly vicinity: Vicinity },
): Note["entries"] {
  const addresses = publicAddresses(candidates, natProfile);
  for (const address of plan?.peerProvenAddresses ?? []) addresses.add(address);
  return note.entries.filter(({ endpoint }) => addresses.has(endpoint.address) && isSendable(endpoint, vicinity));
}
