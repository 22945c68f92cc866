/**
 * What `Poly1305_Init` leaves behind, learnt by watching it: the two halves of the key, the first in a form that the
 * processor's variant can multiply by, among words that are the same for every key. Whoever knows that can begin a
 * message without the call.
 */
import { randomBytes } from "node:crypto";
import type { Pinned } from "./native-memory.ts";

const KEY_WORDS = 8;
const HALF_WORDS = 4;
const WORD_BYTES = 4;
/** At the beginning: what was added up so far. */
const SUM_WORDS = 6;

/** Enough that no word is the same by chance. */
const KEYS = 8;

const NONE = new Int32Array(0);

/**
 * How the first half of the key is kept: as it is, with bits cleared (RFC 8439 §2.5), or cut into limbs of 44 bits for
 * processors that multiply 52 (AVX-512 IFMA), 20 times the upper two before all three.
 */
const FORMS = ["plain", "limbs"] as const;
const FORM_WORDS = { plain: HALF_WORDS, limbs: 10 } as const;

export type StateLayout = {
  readonly form: (typeof FORMS)[number];
  /** Where the halves of the key are, in words. */
  readonly firstAt: number;
  readonly secondAt: number;
  /** Words that are not zero whatever the key is, and where they are. */
  readonly fixed: Int32Array;
  readonly fixedAt: Int32Array;
};

type Functions = {
  readonly init: (state: number, key: number) => void;
  readonly final: (state: number, tag: number) => void;
};

/** Undefined where it does something else than is known here, or leaves something of a message behind when that is over. */
export function learnLayout({ init, final }: Functions, state: Pinned, key: Pinned): StateLayout | undefined {
  const stateWords = new Int32Array(state.bytes.buffer, 0, Math.floor(state.bytes.length / WORD_BYTES));
  const keyWords = new Int32Array(key.bytes.buffer, 0, KEY_WORDS);
  const watched = Array.from({ length: KEYS }, (): Watched => {
    state.bytes.fill(0);
    key.bytes.set(randomBytes(key.bytes.length));
    init(state.address, key.address);
    const [after, used] = [Int32Array.from(stateWords), Int32Array.from(keyWords)];
    final(state.address, key.address);
    return { after, key: used, isWiped: state.bytes.every((byte) => byte === 0) };
  });
  key.bytes.fill(0);
  return FORMS.map((form) => layoutOf(form, watched)).find((layout) => layout !== undefined);
}

/**
 * Of the eight words of the key at `at` of `key`, into a state that is all zeros; or into what another message left there,
 * where the library does not mind (poly1305-tag.ts finds out).
 */
export function putState(state: Int32Array, layout: StateLayout, key: Int32Array, at: number): void {
  const { form, firstAt, secondAt, fixed, fixedAt } = layout;
  for (let word = 0; word < SUM_WORDS; word++) state[word] = 0;
  putFirst(state, firstAt, form, {
    a: (key[at] ?? 0) & 0x0fffffff,
    b: (key[at + 1] ?? 0) & 0x0ffffffc,
    c: (key[at + 2] ?? 0) & 0x0ffffffc,
    d: (key[at + 3] ?? 0) & 0x0ffffffc,
  });
  state[secondAt] = key[at + HALF_WORDS] ?? 0;
  state[secondAt + 1] = key[at + HALF_WORDS + 1] ?? 0;
  state[secondAt + 2] = key[at + HALF_WORDS + 2] ?? 0;
  state[secondAt + 3] = key[at + HALF_WORDS + 3] ?? 0;
  for (let index = 0; index < fixed.length; index++) state[fixedAt[index] ?? 0] = fixed[index] ?? 0;
}

type Half = { readonly a: number; readonly b: number; readonly c: number; readonly d: number };

function putFirst(state: Int32Array, at: number, form: StateLayout["form"], { a, b, c, d }: Half): void {
  if (form === "plain") {
    state[at] = a;
    state[at + 1] = b;
    state[at + 2] = c;
    state[at + 3] = d;
    return;
  }
  const middleLow = (b >>> 12) | (c << 20);
  const middleHigh = (c >>> 12) & 0xfff;
  const topLow = (c >>> 24) | (d << 8);
  const topHigh = d >>> 24;
  putTwenty(state, at, middleLow, middleHigh);
  putTwenty(state, at + 2, topLow, topHigh);
  state[at + 4] = a;
  state[at + 5] = b & 0xfff;
  state[at + 6] = middleLow;
  state[at + 7] = middleHigh;
  state[at + 8] = topLow;
  state[at + 9] = topHigh;
}

/** 20 times a limb, whose high word has 12 bits. */
function putTwenty(state: Int32Array, at: number, low: number, high: number): void {
  const lower = (low & 0xffff) * 20;
  const upper = (low >>> 16) * 20 + (lower >>> 16);
  state[at] = (upper << 16) | (lower & 0xffff);
  state[at + 1] = high * 20 + (upper >>> 16);
}

type Watched = { readonly after: Int32Array; readonly key: Int32Array; readonly isWiped: boolean };

function layoutOf(form: StateLayout["form"], watched: readonly Watched[]): StateLayout | undefined {
  const [one] = watched;
  if (one === undefined) return undefined;
  const words = FORM_WORDS[form];
  const alone = new Int32Array(words + HALF_WORDS);
  putState(alone, { form, firstAt: 0, secondAt: words, fixed: NONE, fixedAt: NONE }, one.key, 0);
  const firstAt = placeOf(one.after, alone.subarray(0, words));
  const secondAt = placeOf(one.after, alone.subarray(words));
  if (firstAt === undefined || secondAt === undefined) return undefined;
  const isOfKey = (at: number): boolean =>
    (at >= firstAt && at < firstAt + words) || (at >= secondAt && at < secondAt + HALF_WORDS);
  const fixedAt = Int32Array.from([...one.after.keys()].filter((at) => one.after[at] !== 0 && !isOfKey(at)));
  const layout = { form, firstAt, secondAt, fixed: fixedAt.map((at) => one.after[at] ?? 0), fixedAt };
  return watched.every((each) => each.isWiped && isMadeBy(layout, each)) ? layout : undefined;
}

function isMadeBy(layout: StateLayout, { after, key }: Watched): boolean {
  const made = new Int32Array(after.length);
  putState(made, layout, key, 0);
  return made.every((word, at) => word === after[at]);
}

function placeOf(state: Int32Array, part: Int32Array): number | undefined {
  const at = state.findIndex((_, from) => part.every((word, index) => state[from + index] === word));
  return at < 0 ? undefined : at;
}
