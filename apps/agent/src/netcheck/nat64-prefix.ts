/** Asks the network's resolver for its NAT64 prefix (RFC 7050): `ipv4only.arpa` has no IPv6 address but those that the network makes up. */
import { Resolver } from "node:dns/promises";
import { findNat64Prefix, type Prefix } from "@pinhole/protocol";

const NAME = "ipv4only.arpa";

/** A resolver that is slower than this holds everything else up. */
const PATIENCE_MS = 1_000;

/** Undefined where there is none, or nobody answers. */
export async function discoverNat64Prefix(): Promise<Prefix | undefined> {
  const resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
  return findNat64Prefix(await resolver.resolve6(NAME).catch(() => []));
}
