/**
 * What goes to agents, as text. Netmaps are made of parts that many sessions share (see peer-entry.ts): peers, and the
 * lists of sources of filters. Each of those is put into text once, and a thousand netmaps are put together from them.
 */
import type { NetmapPeer, SessionEvent } from "@pinhole/protocol/control";
import type { FilterChange, FilterRule } from "@pinhole/protocol/policy";

const texts = new WeakMap<object, string>();
/** Where the event goes in the text of the message around it: the first such place, whatever the agent calls its request. */
const PLACE = '"@event@"';

/** An encoder as tRPC takes one. */
export const sessionEncoder = {
  encode: (message: unknown): string => {
    const event = mapEventOf(message);
    if (event === undefined) return JSON.stringify(message);
    const { result, ...envelope } = message as Carrier;
    const around = JSON.stringify({ result: { ...result, data: JSON.parse(PLACE) }, ...envelope });
    return around.replace(PLACE, () => eventText(event));
  },
  decode: (text: string | ArrayBuffer | Uint8Array): unknown => {
    if (typeof text !== "string") throw new TypeError("agents send text");
    return JSON.parse(text);
  },
};

type Carrier = { readonly result: { readonly data: unknown } };
type MapEvent = Extract<SessionEvent, { kind: "netmap" | "delta" }>;

function mapEventOf(message: unknown): MapEvent | undefined {
  const data = (message as { readonly result?: { readonly data?: unknown } } | null)?.result?.data;
  const event = data as SessionEvent | null | undefined;
  return event?.kind === "netmap" || event?.kind === "delta" ? event : undefined;
}

function eventText(event: MapEvent): string {
  if (event.kind === "netmap") {
    const { peers, filter, ...rest } = event.netmap;
    return `{"kind":"netmap","netmap":${withParts(rest, { peers: peerTexts(peers), filter: rulesText(filter) })}}`;
  }
  const { upserted, filter, filterChange, ...rest } = event.delta;
  const parts = {
    upserted: peerTexts(upserted),
    filter: filter && rulesText(filter),
    filterChange: filterChange && filterChangeText(filterChange),
  };
  return `{"kind":"delta","delta":${withParts(rest, parts)}}`;
}

function withParts(rest: object, parts: Readonly<Record<string, string | undefined>>): string {
  const texts = Object.entries(parts).flatMap(([name, text]) => (text === undefined ? [] : [`"${name}":${text}`]));
  // There is always a revision before them.
  return `${JSON.stringify(rest).slice(0, -1)},${texts.join(",")}}`;
}

const peerTexts = (peers: readonly NetmapPeer[]): string => `[${peers.map(textOf).join(",")}]`;

function filterChangeText({ rules, ...rest }: FilterChange): string {
  return `${JSON.stringify(rest).slice(0, -1)},"rules":${rulesText(rules)}}`;
}

/** Their lists of sources are shared, whether whole or as runs of another. */
function rulesText(rules: readonly (FilterRule | FilterChange["rules"][number])[]): string {
  const ruleTexts = rules.map(({ src, ...rest }) => `{"src":${textOf(src)},${JSON.stringify(rest).slice(1)}`);
  return `[${ruleTexts.join(",")}]`;
}

/** Of what is never changed. */
function textOf(part: object): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  const made = JSON.stringify(part);
  texts.set(part, made);
  return made;
}
