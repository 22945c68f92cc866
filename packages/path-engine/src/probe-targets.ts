/** What a peer's word is good for: which of the endpoints that it names are sent to. Pure. */
import { parseEndpoint } from "@pinhole/protocol";
import type { PunchPlan } from "@pinhole/protocol/control";
import type { Note } from "@pinhole/protocol/probe";
import type { PeerInfo } from "./contract.ts";
import { isSendable, mayProbe, parsePrefixes, publicAddresses, type Vicinity } from "./may-probe.ts";
import type { Target } from "./pair-table.ts";

export function targetsOf({ candidates, natProfile, overlayPrefixes = [] }: PeerInfo, vicinity: Vicinity): Target[] {
  const self = { ...vicinity, denied: [...vicinity.denied, ...parsePrefixes(overlayPrefixes)] };
  const addresses = publicAddresses(candidates, natProfile);
  return candidates.flatMap(({ kind, endpoint: text }) => {
    const endpoint = parseEndpoint(text);
    return endpoint.ok && mayProbe(endpoint.value, self, addresses) ? [{ endpoint: endpoint.value, kind }] : [];
  });
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
