/**
 * A prefix as text → its first address in 32-bit words, and its length; the same answer as `parsePrefix`. A filter of a
 * large team names thousands of single addresses and is compiled anew at each change of policy, so these do without the
 * detour by bytes and canonical text, and nothing is allocated for them. Whatever is not plainly a single address takes
 * the long way.
 */
import { addressFamily, addressToBytes } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import { toWords } from "./address-words.ts";

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const V6_GROUPS = 8;

/** Writes the words at `at`, and returns the length; undefined for text that is no prefix, or one of the other family. */
export function readPrefix(text: string, family: 4 | 6, words: Uint32Array, at: number): number | undefined {
  const isLong = hasColon(text);
  if (family === 6 && !isLong) return undefined;
  const isHostV6 = isLong && endsWith(text, "/128");
  // An IPv4 address in the dress of IPv6 has no 128 bits.
  if (family === 4 && isHostV6) return undefined;
  if (isHostV6 && readV6(text, text.length - 4, words, at)) return 128;
  if (!isLong && endsWith(text, "/32") && readV4(text, text.length - 3, words, at)) return 32;
  const prefix = parsePrefix(text);
  if (!prefix.ok || addressFamily(prefix.value.address) !== family) return undefined;
  words.set(toWords(addressToBytes(prefix.value.address)), at);
  return prefix.value.length;
}

/** Of an IPv6 address, behind its first group of at most four digits. */
function hasColon(text: string): boolean {
  for (let at = 0; at < 5; at++) if (text.charCodeAt(at) === COLON) return true;
  return false;
}

/** Several times as fast as a string's own. */
function endsWith(text: string, end: string): boolean {
  const from = text.length - end.length;
  for (let at = end.length - 1; at >= 0; at--) if (text.charCodeAt(from + at) !== end.charCodeAt(at)) return false;
  return true;
}

function readV4(text: string, end: number, words: Uint32Array, place: number): boolean {
  let word = 0;
  let byte = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0) return false;
      word = word * 256 + byte;
      byte = digits = 0;
      dots++;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || code > NINE || (digits > 0 && byte === 0)) return false;
    byte = byte * 10 + digit;
    digits++;
    if (byte > 0xff) return false;
  }
  if (dots !== 3 || digits === 0) return false;
  words[place] = word * 256 + byte;
  return true;
}

/** Filled and read within one call. */
const groups = new Uint16Array(V6_GROUPS);

/** Groups of hexadecimal digits, and at most one gap; anything else takes the long way. */
function readV6(text: string, end: number, words: Uint32Array, place: number): boolean {
  let count = 0;
  let gap = -1;
  let at = 0;
  while (at < end) {
    if (text.charCodeAt(at) === COLON) {
      // A single one at the start, or a second gap.
      if (text.charCodeAt(at + 1) !== COLON || gap >= 0) return false;
      gap = count;
      at += 2;
      continue;
    }
    let group = 0;
    const from = at;
    for (let code = text.charCodeAt(at); at < end && code !== COLON; code = text.charCodeAt(++at)) {
      const value = hexValue(code);
      if (value < 0 || at - from === 4) return false;
      group = group * 16 + value;
    }
    if (count === V6_GROUPS) return false;
    groups[count++] = group;
    // The colon after a group; two of them are a gap, and one at the end is nothing.
    if (at < end && text.charCodeAt(at + 1) !== COLON && ++at === end) return false;
  }
  if (gap < 0 ? count !== V6_GROUPS : count === V6_GROUPS) return false;
  if (gap >= 0) groups.copyWithin(V6_GROUPS - count + gap, gap, count).fill(0, gap, V6_GROUPS - count + gap);
  for (let word = 0; word < V6_GROUPS / 2; word++)
    words[place + word] = (groups[word * 2] ?? 0) * 0x10000 + (groups[word * 2 + 1] ?? 0);
  // One in the dress of IPv6 is an IPv4 address.
  return words[place] !== 0 || words[place + 1] !== 0 || words[place + 2] !== 0xffff;
}

/** Less than 0 for what is no digit. */
function hexValue(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
