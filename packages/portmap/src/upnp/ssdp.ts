/**
 * Finding a UPnP gateway: the M-SEARCH request and its answers (UPnP Device Architecture 1.1 §1.3).
 *
 * Answers come from whom they like: from another port than the one that was asked, seconds later, several times, and from every
 * device of the LAN when everything is searched for. What counts in one is its LOCATION alone.
 */
import { err, ok, type Result } from "@pinhole/protocol/net";

export const SSDP_PORT = 1900;
export const SSDP_GROUP = { 4: "239.255.255.250", 6: "ff02::c" } as const;

/** Devices spread their answers over so many seconds. */
const MAX_WAIT_S = 2;
const MAX_BYTES = 2_048;
const MAX_LOCATION_LENGTH = 256;

export const GATEWAY_TARGETS = [
  "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
  "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
] as const;
/** Some gateways answer to nothing else. */
export const EVERYTHING = "ssdp:all";

export function encodeSearch(target: string, family: 4 | 6): Uint8Array {
  const group = family === 4 ? SSDP_GROUP[4] : `[${SSDP_GROUP[6]}]`;
  const lines = [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${group}:${SSDP_PORT}`,
    'MAN: "ssdp:discover"',
    `MX: ${MAX_WAIT_S}`,
    `ST: ${target}`,
    "",
    "",
  ];
  return new TextEncoder().encode(lines.join("\r\n"));
}

/** The URL where the device describes itself: text, not yet looked at. */
export function decodeSearchAnswer(bytes: Uint8Array): Result<string, "not-ssdp" | "no-location"> {
  if (bytes.length > MAX_BYTES) return err("not-ssdp");
  const [status = "", ...headers] = new TextDecoder("latin1").decode(bytes).split(/\r?\n/);
  if (!/^HTTP\/1\.[01] 200(?: |$)/.test(status)) return err("not-ssdp");
  for (const header of headers) {
    const [name = ""] = header.split(":", 1);
    if (name.trim().toLowerCase() !== "location") continue;
    const location = header.slice(name.length + 1).trim();
    return /^[\x21-\x7e]+$/.test(location) && location.length <= MAX_LOCATION_LENGTH
      ? ok(location)
      : err("no-location");
  }
  return err("no-location");
}
