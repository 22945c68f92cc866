/**
 * What `Poly1305_Final` makes of a state that keeps its sum in limbs of 44 bits (for AVX-512 IFMA): the remainder by
 * 2^130 - 5, and the second half of the key added to it (RFC 8439 §2.5). The call takes longer than this does.
 */
import { randomBytes, randomInt } from "node:crypto";
import type { Pinned } from "./native-memory.ts";
import { putState, type StateLayout } from "./poly1305-state.ts";

const KEY_WORDS = 8;
const TAG_WORDS = 4;
const WORD_BYTES = 4;
const WORD = 2 ** 32;

/** What the processor's variants take at once, many times, and as long as a packet. */
const MAX_BLOCKS = 96;
const BLOCK_BYTES = 16;
/** Of lengths at random, so that long ones come before short ones. */
const MESSAGES = 200;

type Functions = {
  readonly init: (state: number, key: number) => void;
  readonly update: (state: number, from: number, length: number) => void;
  readonly final: (state: number, tag: number) => void;
};

/**
 * Whether messages that begin with {@link putState}, in the state that the one before left behind, and end with
 * {@link putTag} have the tags that the library makes of them from beginning to end. `scratch` has room for a packet.
 */
export function isTagKnown(
  { init, update, final }: Functions,
  layout: StateLayout,
  { state, scratch }: { readonly state: Pinned; readonly scratch: Pinned },
): boolean {
  if (layout.form !== "limbs") return false;
  const stateWords = wordsOf(state);
  const scratchWords = wordsOf(scratch);
  const tag = new Int32Array(TAG_WORDS);
  const isNextRight = (): boolean => {
    const length = BLOCK_BYTES * randomInt(1, MAX_BLOCKS + 1);
    scratch.bytes.set(randomBytes(length + KEY_WORDS * WORD_BYTES));
    putState(stateWords, layout, scratchWords, length / WORD_BYTES);
    update(state.address, scratch.address, length);
    const left = Int32Array.from(stateWords);
    putTag(stateWords, layout, tag, 0);
    init(state.address, scratch.address + length);
    update(state.address, scratch.address, length);
    final(state.address, scratch.address);
    stateWords.set(left);
    return tag.every((word, at) => word === scratchWords[at]);
  };
  const isKnown = Array.from({ length: MESSAGES }).every(isNextRight);
  scratch.bytes.fill(0);
  state.bytes.fill(0);
  return isKnown;
}

/** Of all that the state has taken, into the four words at `at` of `into`. */
export function putTag(state: Int32Array, { secondAt }: StateLayout, into: Int32Array, at: number): void {
  const middle = wordOf(state, 2);
  const top = wordOf(state, 4);
  // The sum in words, each with what is to be carried to the next: less than 2^53, so all of it is exact.
  const a = wordOf(state, 0);
  const b = wordOf(state, 1) + (middle & 0xfffff) * 2 ** 12;
  const c = (middle >>> 20) + wordOf(state, 3) * 2 ** 12 + (top & 0xff) * 2 ** 24 + carryOf(b);
  const d = (top >>> 8) + wordOf(state, 5) * 2 ** 24 + carryOf(c);
  // It is below twice 2^130 - 5: if 5 more would reach 2^130, the remainder is what is beyond, else it is the sum.
  const beyond = carryOf(a + 5);
  const reached = carryOf(lowOf(d) + carryOf(lowOf(c) + carryOf(lowOf(b) + beyond))) + carryOf(d);
  const first = a + (reached >= 4 ? 5 : 0) + wordOf(state, secondAt);
  const second = lowOf(b) + wordOf(state, secondAt + 1) + carryOf(first);
  const third = lowOf(c) + wordOf(state, secondAt + 2) + carryOf(second);
  const fourth = lowOf(d) + wordOf(state, secondAt + 3) + carryOf(third);
  into[at] = first;
  into[at + 1] = second;
  into[at + 2] = third;
  into[at + 3] = fourth;
}

function wordOf(words: Int32Array, at: number): number {
  return (words[at] ?? 0) >>> 0;
}

function lowOf(sum: number): number {
  return sum >>> 0;
}

function carryOf(sum: number): number {
  return Math.floor(sum / WORD);
}

function wordsOf({ bytes }: Pinned): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / WORD_BYTES));
}
