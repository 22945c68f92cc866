/**
 * Where overlays lie: shared address space (RFC 6598) and unique local addresses (RFC 4193). The dashboard draws a team's
 * ranges from these and nothing else, so one that names the internet's addresses, or this network's, would have this
 * machine send its traffic to a peer: it gets no address and no route for them.
 */
import { contains, formatPrefix, type Prefix, parseAddress, parsePrefix } from "@pinhole/protocol/net";

const SPACES: readonly Prefix[] = [
  { address: "100.64.0.0", length: 10 },
  { address: "fc00::", length: 7 },
];

/** Canonical texts of those that are addresses of an overlay. */
export function overlayAddresses(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const address = parseAddress(text);
    return address.ok && SPACES.some((space) => contains(space, address.value)) ? [address.value] : [];
  });
}

/** Canonical texts of those that are ranges of an overlay. */
export function overlayRanges(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const range = parsePrefix(text);
    const isInside = (space: Prefix): boolean =>
      range.ok && range.value.length >= space.length && contains(space, range.value.address);
    return range.ok && SPACES.some(isInside) ? [formatPrefix(range.value)] : [];
  });
}
