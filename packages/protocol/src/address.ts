/**
 * IP addresses as canonical text: IPv4 in dotted decimal, IPv6 as RFC 5952 writes it
 * (lower case, longest run of zeros compressed), never with a zone. One address has one
 * text, so addresses are compared with `===` and used as keys of a Map.
 *
 * An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is what a dual-stack socket calls an
 * IPv4 peer; it becomes that IPv4 address here, or one peer would have two names.
 */
import { err, ok, type Result } from "./result.ts";

export type AddressFamily = 4 | 6;

const V4_BYTES = 4;
const V6_BYTES = 16;
const V6_GROUPS = 8;
/** The longest text there is, with an IPv4 tail: bounds the work that hostile input can ask for. */
const MAX_TEXT_LENGTH = 45;

export function parseAddress(text: string): Result<string, "bad-address"> {
  const bytes = parseBytes(text);
  return bytes === undefined ? err("bad-address") : ok(addressFromBytes(bytes));
}

/** The family of a canonical address. */
export function addressFamily(address: string): AddressFamily {
  return address.includes(":") ? 6 : 4;
}

/**
 * The 4 or 16 bytes of an address.
 * @throws RangeError when the text is not an address: whoever took it from outside had to parse it.
 */
export function addressToBytes(address: string): Uint8Array {
  const bytes = parseBytes(address);
  if (bytes === undefined)
    throw new RangeError(`not an IP address: ${JSON.stringify(address.slice(0, MAX_TEXT_LENGTH))}`);
  return isMapped(bytes) ? bytes.slice(V6_BYTES - V4_BYTES) : bytes;
}

/**
 * The canonical text of 4 or 16 bytes.
 * @throws RangeError on any other length: a codec knows how many bytes it read.
 */
export function addressFromBytes(bytes: Uint8Array): string {
  if (bytes.length === V4_BYTES) return bytes.join(".");
  if (bytes.length !== V6_BYTES) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  return isMapped(bytes) ? bytes.slice(V6_BYTES - V4_BYTES).join(".") : formatV6(bytes);
}

function parseBytes(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== V4_BYTES) return undefined;
  const bytes = new Uint8Array(V4_BYTES);
  for (const [index, part] of parts.entries()) {
    // No leading zeros: some parsers read 010 as octal 8, and two readings of one text is how filters are passed.
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 0xff) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

function parseV6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  const [head = "", tail] = halves;
  if (halves.length > 2) return undefined;

  const front = parseGroups(head, tail === undefined);
  const back = tail === undefined ? [] : parseGroups(tail, true);
  if (front === undefined || back === undefined) return undefined;

  const missing = V6_GROUPS - front.length - back.length;
  // "::" stands for at least one group.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;

  const bytes = new Uint8Array(V6_BYTES);
  for (const [index, group] of [...front, ...Array.from({ length: missing }, () => 0), ...back].entries()) {
    bytes[index * 2] = group >> 8;
    bytes[index * 2 + 1] = group & 0xff;
  }
  return bytes;
}

/** Groups of up to four hexadecimal digits; the last may be an IPv4 address, where `isTail` says the text ends there. */
function parseGroups(text: string, isTail: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const v4 = isTail && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = v4;
    groups.push((a << 8) | b, (c << 8) | d);
  }
  return groups;
}

/** RFC 5952 §4: no leading zeros, lower case, `::` for the first of the longest runs of two or more zero groups. */
function formatV6(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: V6_GROUPS },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
  let longest = { start: 0, length: 1 };
  for (let start = 0; start < V6_GROUPS; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (longest.length < 2) return hex.join(":");
  return `${hex.slice(0, longest.start).join(":")}::${hex.slice(longest.start + longest.length).join(":")}`;
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === V6_BYTES &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff
  );
}
