import { describe, expect, test } from "vitest";
import type { Pinned } from "./native-memory.ts";
import { learnLayout, putState } from "./poly1305-state.ts";

const STATE_BYTES = 248;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** The first half of a key as each variant of the processor's wants it, by arithmetic that is slow and plain. */
const FORMS: Readonly<Record<string, (half: bigint) => readonly bigint[]>> = {
  "as it is": (half) => [half & (2n ** 64n - 1n), half >> 64n],
  "in limbs": (half) => {
    const [low, middle, top] = [half & (2n ** 44n - 1n), (half >> 44n) & (2n ** 44n - 1n), half >> 88n];
    return [20n * middle, 20n * top, low, middle, top];
  },
};

describe.each(Object.entries(FORMS))("a state that keeps the key %s", (_, form) => {
  test("is made as the library makes it", () => {
    const { state, key, functions } = library((view, half) => {
      for (const [index, word] of form(half & CLAMP).entries()) view.setBigUint64(24 + 8 * index, word, true);
      view.setBigUint64(232, 0x7f0102030405n, true);
    });
    const layout = learnLayout(functions, state, key);
    expect(layout).toBeDefined();
    for (let run = 0; run < 1_000; run++) {
      crypto.getRandomValues(key.bytes);
      functions.init();
      const expected = Uint8Array.from(state.bytes);
      const made = new Int32Array(STATE_BYTES / 4);
      putState(made, layout!, new Int32Array(key.bytes.buffer), 0);
      expect(Buffer.compare(new Uint8Array(made.buffer), expected)).toBe(0);
      functions.final();
    }
  });

  test("is not made where the library leaves something of the message before", () => {
    const { state, key, functions } = library((view, half) => {
      for (const [index, word] of form(half & CLAMP).entries()) view.setBigUint64(24 + 8 * index, word, true);
    });
    expect(learnLayout({ ...functions, final: () => undefined }, state, key)).toBeUndefined();
  });
});

test.each<[string, (half: bigint) => bigint]>([
  ["not clamped", (half) => half],
  ["otherwise", (half) => (half * 3n) % 2n ** 128n],
])("a state that keeps the key %s is not made", (_, change) => {
  const { state, key, functions } = library((view, half) => {
    for (const [index, word] of FORMS["as it is"]!(change(half)).entries()) view.setBigUint64(8 * index, word, true);
  });
  expect(learnLayout(functions, state, key)).toBeUndefined();
});

test("a state with a word that is another for each key is not made", () => {
  const { state, key, functions } = library((view, half) => {
    for (const [index, word] of FORMS["as it is"]!(half & CLAMP).entries()) view.setBigUint64(8 * index, word, true);
    view.setBigUint64(64, half % 1_000n, true);
  });
  expect(learnLayout(functions, state, key)).toBeUndefined();
});

/** One that keeps the second half as it is at 192. */
function library(putFirst: (view: DataView, half: bigint) => void) {
  const pinned = (length: number): Pinned => ({ bytes: new Uint8Array(length), address: 0 });
  const [state, key] = [pinned(STATE_BYTES), pinned(32)];
  const view = new DataView(state.bytes.buffer);
  const keyView = new DataView(key.bytes.buffer);
  const init = (): void => {
    putFirst(view, keyView.getBigUint64(0, true) | (keyView.getBigUint64(8, true) << 64n));
    state.bytes.set(key.bytes.subarray(16), 192);
  };
  return { state, key, functions: { init, final: () => void state.bytes.fill(0) } };
}
