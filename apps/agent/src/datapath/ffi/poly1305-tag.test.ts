import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadNative, type Native } from "./native.ts";
import { type Pinned, pin } from "./native-memory.ts";
import { learnLayout, putState, type StateLayout } from "./poly1305-state.ts";
import { isTagKnown, putTag } from "./poly1305-tag.ts";

const PRIME = 2n ** 130n - 5n;
const NONE = new Int32Array(0);
const LAYOUT: StateLayout = { form: "limbs", firstAt: 6, secondAt: 48, fixed: NONE, fixedAt: NONE };

/** Upper limbs may be above their 44 and 42 bits by a carry that nobody has made yet. */
const limbs = fc.tuple(
  fc.oneof(fc.bigInt(0n, 2n ** 45n), fc.constantFrom(0n, 2n ** 44n - 1n, 2n ** 44n - 5n, 2n ** 44n - 6n)),
  fc.oneof(fc.bigInt(0n, 2n ** 45n), fc.constantFrom(0n, 2n ** 44n - 1n, 2n ** 44n)),
  fc.oneof(fc.bigInt(0n, 2n ** 42n), fc.constantFrom(0n, 2n ** 42n - 1n, 2n ** 42n)),
);

test("is the remainder of the sum with half of the key added, wherever a carry falls", () => {
  fc.assert(
    fc.property(limbs, fc.bigInt(0n, 2n ** 128n - 1n), ([low, middle, top], second) => {
      const sum = low + (middle << 44n) + (top << 88n);
      fc.pre(sum < 2n * PRIME);
      const state = new Int32Array(62);
      const view = new DataView(state.buffer);
      for (const [at, limb] of [low, middle, top].entries()) view.setBigUint64(8 * at, limb, true);
      putNumber(view, 4 * LAYOUT.secondAt, second);
      const tag = new Int32Array(6).fill(-1);
      putTag(state, LAYOUT, tag, 1);
      const expected = new DataView(new ArrayBuffer(16));
      putNumber(expected, 0, ((sum % PRIME) + second) % 2n ** 128n);
      expect([...tag]).toEqual([-1, ...new Int32Array(expected.buffer), -1]);
    }),
    { numRuns: 20_000 },
  );
});

describe("what a library leaves is", () => {
  test("known where its tags are those that are made here", () => expect(isTagKnownOf((tag) => tag)).toBe(true));

  test("not known where one tag of many is another", () => {
    let count = 0;
    expect(isTagKnownOf((tag) => (++count === 100 ? tag ^ 1n : tag))).toBe(false);
  });

  test("not known where it keeps its key as it is", () => {
    expect(isTagKnownOf((tag) => tag, { ...LAYOUT, form: "plain" })).toBe(false);
  });

  test("not known where a message depends on the one before", () => {
    expect(isTagKnownOf((tag) => tag, LAYOUT, true)).toBe(false);
  });
});

/** Of one that works as ours does, but for what `change` makes of a tag. */
function isTagKnownOf(change: (tag: bigint) => bigint, layout = LAYOUT, carriesOver = false): boolean {
  const pinned = (length: number): Pinned => ({ bytes: new Uint8Array(length), address: 0 });
  const [state, scratch] = [pinned(248), pinned(2_048)];
  const [stateView, scratchView] = [new DataView(state.bytes.buffer), new DataView(scratch.bytes.buffer)];
  const update = (_: number, __: number, length: number): void => {
    const limb = (at: number): bigint => stateView.getBigUint64(8 * at, true);
    const key = limb(5) + (limb(6) << 44n) + (limb(7) << 88n);
    // A word that only a fresh state has as zero.
    let sum = sumIn(stateView) + (carriesOver ? BigInt(state.bytes[240] ?? 0) : 0n);
    state.bytes[240] = 1;
    for (let at = 0; at < length; at += 16) sum = ((sum + 2n ** 128n + numberAt(scratchView, at)) * key) % PRIME;
    for (let at = 0; at < 3; at++) stateView.setBigUint64(8 * at, (sum >> (44n * BigInt(at))) % 2n ** 44n, true);
  };
  const final = (): void => {
    putNumber(scratchView, 0, change((sumIn(stateView) + numberAt(stateView, 4 * LAYOUT.secondAt)) % 2n ** 128n));
    state.bytes.fill(0);
  };
  const init = (_: number, key: number): void => {
    state.bytes.fill(0);
    putState(new Int32Array(state.bytes.buffer), LAYOUT, new Int32Array(scratch.bytes.buffer), key / 4);
  };
  return isTagKnown({ init, update, final }, layout, { state, scratch });
}

function sumIn(state: DataView): bigint {
  return [0, 1, 2].reduce((sum, at) => sum + (state.getBigUint64(8 * at, true) << (44n * BigInt(at))), 0n);
}

function numberAt(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}

function putNumber(view: DataView, at: number, number: bigint): void {
  view.setBigUint64(at, number % 2n ** 64n, true);
  view.setBigUint64(at + 8, number >> 64n, true);
}

const loaded = loadNative();

describe.runIf(loaded.ok)("the library that Node brings", () => {
  const native = (loaded as { value: Native }).value;

  test("leaves what is known here, where it keeps its sum in limbs", () => {
    const [state, key, scratch] = [pin(native, 256), pin(native, 32), pin(native, 2_048)];
    expect(native.bind("size_t Poly1305_ctx_size()")()).toBeLessThanOrEqual(state.bytes.length);
    const functions = {
      init: native.bind("void Poly1305_Init(uintptr_t state, uintptr_t key)"),
      update: native.bind("void Poly1305_Update(uintptr_t state, uintptr_t in, size_t length)"),
      final: native.bind("void Poly1305_Final(uintptr_t state, uintptr_t tag)"),
    };
    const layout = learnLayout(functions, state, key);
    if (layout !== undefined) expect(isTagKnown(functions, layout, { state, scratch })).toBe(layout.form === "limbs");
  });
});
