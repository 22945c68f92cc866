/** Who asks: what throttles count by, and what the activity log and the list of sessions name. */
import type { IncomingMessage } from "node:http";
import { contains, parseAddress, type Prefix } from "@pinhole/protocol";

type Asking = {
  readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
  readonly headers: IncomingMessage["headers"];
};

/**
 * Canonical: a dual-stack socket calls an IPv4 client `::ffff:192.0.2.1`. Each proxy adds whom it was asked by at the end of
 * `X-Forwarded-For`; what stands before the word of the first one that the operator does not vouch for is anybody's word.
 */
export function clientAddress({ socket, headers }: Asking, proxies: readonly Prefix[]): string {
  const hops = String(headers["x-forwarded-for"] ?? "").split(",");
  const nearest = parseAddress(socket.remoteAddress ?? "");
  if (!nearest.ok) return "unknown";
  let address = nearest.value;
  while (isAnyOf(proxies, address)) {
    const before = parseAddress(hops.pop()?.trim() ?? "");
    if (!before.ok) break;
    address = before.value;
  }
  return address;
}

const isAnyOf = (prefixes: readonly Prefix[], address: string) => prefixes.some((prefix) => contains(prefix, address));
