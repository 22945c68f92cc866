/**
 * An endpoint: an IP address and a UDP port. The address is canonical text (see
 * address.ts), so that equal endpoints have equal fields.
 */
import { parseAddress } from "./address.ts";
import { addressScope } from "./address-scope.ts";
import { err, ok, type Result } from "./result.ts";

export {
  type AddressFamily,
  addressFamily,
  addressFromBytes,
  addressToBytes,
  parseAddress,
} from "./address.ts";
export { type AddressScope, addressScope } from "./address-scope.ts";

export type Endpoint = { readonly address: string; readonly port: number };

/** Reads `203.0.113.7:40112` or `[2001:db8::1]:40112`. */
export function parseEndpoint(text: string): Result<Endpoint, "bad-endpoint"> {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[^:[\]]*)):(?<port>0|[1-9][0-9]{0,4})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  const v6 = match?.groups?.["v6"];
  const host = v6 ?? match?.groups?.["v4"];
  // Brackets are for IPv6 alone: [192.0.2.1]:5 is nobody's way to write an endpoint.
  if (host === undefined || port > 0xffff || (v6 !== undefined && !v6.includes(":"))) return err("bad-endpoint");
  const address = parseAddress(host);
  return address.ok ? ok({ address: address.value, port }) : err("bad-endpoint");
}

export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export function endpointsEqual(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/**
 * Whether to send to an endpoint because a peer or the server says that a device is there.
 *
 * Whoever names the candidates could otherwise aim every agent at a service that only
 * the agent's own machine may reach (loopback, the cloud metadata service at
 * 169.254.169.254), or at a whole network at once. An IPv6 link-local address means
 * nothing without its interface, which an endpoint does not carry. Private addresses
 * stay allowed: two devices on one LAN meet there.
 */
export function isAcceptableCandidate({ address, port }: Endpoint): boolean {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) return false;
  const parsed = parseAddress(address);
  if (!parsed.ok || parsed.value !== address) return false;
  switch (addressScope(address)) {
    case "loopback":
    case "link-local":
    case "multicast":
    case "broadcast":
    case "unspecified":
      return false;
    case "private":
    case "carrier-grade":
    case "documentation":
    case "global":
      return true;
  }
}
