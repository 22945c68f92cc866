/**
 * A prefix as text → its first address in words, and its length; the same answer as `parsePrefix`. A filter of a large
 * team names thousands of single addresses and is compiled anew at each change of policy, so these do without the detour
 * by bytes and canonical text. Whatever is not plainly a single address takes the long way.
 */
import { addressFamily, addressToBytes } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import { toWords, type Words } from "./address-words.ts";

export type PrefixWords = { readonly first: Words; readonly length: number };

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const V6_GROUPS = 8;

/** Undefined for text that is no prefix, or one of the other family. */
export function readPrefix(text: string, family: 4 | 6): PrefixWords | undefined {
  const isLong = text.includes(":");
  if (family === 6 && !isLong) return undefined;
  // An IPv4 address in the dress of IPv6 has no 128 bits.
  const isHostV6 = isLong && text.endsWith("/128");
  if (family === 4 && isHostV6) return undefined;
  if (isHostV6 || (!isLong && text.endsWith("/32"))) {
    const end = text.lastIndexOf("/");
    const first = family === 4 ? readV4(text, end) : readV6(text, end);
    if (first !== undefined) return { first, length: family === 4 ? 32 : 128 };
  }
  const prefix = parsePrefix(text);
  if (!prefix.ok || addressFamily(prefix.value.address) !== family) return undefined;
  return { first: toWords(addressToBytes(prefix.value.address)), length: prefix.value.length };
}

function readV4(text: string, end: number): Words | undefined {
  let word = 0;
  let byte = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0) return undefined;
      word = word * 256 + byte;
      byte = digits = 0;
      dots++;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || code > NINE || (digits > 0 && byte === 0)) return undefined;
    byte = byte * 10 + digit;
    digits++;
    if (byte > 0xff) return undefined;
  }
  return dots === 3 && digits > 0 ? [word * 256 + byte] : undefined;
}

/** Groups of hexadecimal digits, and at most one gap; anything else takes the long way. */
function readV6(text: string, end: number): Words | undefined {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0];
  let count = 0;
  let gap = -1;
  let at = 0;
  while (at < end) {
    if (text.charCodeAt(at) === COLON) {
      // A single one at the start, or a second gap.
      if (text.charCodeAt(at + 1) !== COLON || gap >= 0) return undefined;
      gap = count;
      at += 2;
      continue;
    }
    let group = 0;
    let digits = 0;
    for (; at < end && text.charCodeAt(at) !== COLON; at++, digits++) {
      const value = hexValue(text.charCodeAt(at));
      if (value === undefined || digits === 4) return undefined;
      group = group * 16 + value;
    }
    if (count === V6_GROUPS) return undefined;
    groups[count++] = group;
    // The colon after a group; two of them are a gap, and one at the end is nothing.
    if (at < end && text.charCodeAt(at + 1) !== COLON && ++at === end) return undefined;
  }
  if (gap < 0 ? count !== V6_GROUPS : count === V6_GROUPS) return undefined;
  return wordsOf(groups, { count, gap });
}

function wordsOf(
  groups: number[],
  { count, gap }: { readonly count: number; readonly gap: number },
): Words | undefined {
  if (gap >= 0) groups.splice(gap, 0, ...groups.splice(count));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  // One in the dress of IPv6 is an IPv4 address.
  if (a + b + c + d + e === 0 && f === 0xffff) return undefined;
  return [a * 0x10000 + b, c * 0x10000 + d, e * 0x10000 + f, g * 0x10000 + h];
}

function hexValue(code: number): number | undefined {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
