/** `fra=wss://fra.example.net,sgp=ws://198.51.100.7:3478` → the relays that agents are told of besides the dashboard's own. */
import { type Endpoint, parseEndpoint } from "@pinhole/protocol";
import { isRelayName, RELAY_PATH, type RelayInfo } from "@pinhole/protocol/control";

/** A netmap has room for 32, of which one is the dashboard's own. */
const MAX_RELAYS = 31;
/** A netmap has room for 8 STUN servers, of which up to two are the dashboard's own. */
const MAX_STUN = 6;
const SCHEMES: Readonly<Record<string, string>> = { "ws:": "ws:", "wss:": "wss:", "http:": "ws:", "https:": "wss:" };

export function parseRelays(text: string, problems: string[]): readonly RelayInfo[] {
  const relays = listOf(text).flatMap((entry): RelayInfo[] => {
    const at = entry.indexOf("=");
    const name = entry.slice(0, at).trim();
    const url = relayUrl(entry.slice(at + 1).trim());
    if (at > 0 && isRelayName(name) && url !== undefined) return [{ name, url }];
    problems.push(
      `PINHOLE_RELAYS has "${entry}": write name=address, such as fra=wss://fra.example.net, with a name of small letters, digits and hyphens that is not "main".`,
    );
    return [];
  });
  if (new Set(relays.map(({ name }) => name)).size < relays.length)
    problems.push("PINHOLE_RELAYS has a name twice: each relay needs one of its own.");
  if (relays.length > MAX_RELAYS) problems.push(`PINHOLE_RELAYS has more than ${MAX_RELAYS} relays.`);
  return relays;
}

export function parseRelayStun(text: string, problems: string[]): readonly Endpoint[] {
  const endpoints = listOf(text).flatMap((entry): Endpoint[] => {
    const endpoint = parseEndpoint(entry);
    if (endpoint.ok) return [endpoint.value];
    problems.push(`PINHOLE_RELAY_STUN has "${entry}": it must be an IP address and a port, such as 192.0.2.7:3478.`);
    return [];
  });
  if (endpoints.length > MAX_STUN) problems.push(`PINHOLE_RELAY_STUN has more than ${MAX_STUN} addresses.`);
  return endpoints;
}

function relayUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const protocol = SCHEMES[url?.protocol ?? ""];
  if (url === null || protocol === undefined || url.username !== "" || url.search !== "" || url.hash !== "")
    return undefined;
  const path = url.pathname.replace(/\/$/, "");
  return `${protocol}//${url.host}${path === "" ? RELAY_PATH : path}`;
}

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
