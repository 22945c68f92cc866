/**
 * A WebAssembly module of functions that read packets 64 bytes at a time, which JavaScript
 * cannot. It can reach the memory that it is given and nothing else.
 *
 *     sum(from, length)               ones' complement sum of the 16-bit words, little-endian, folded to 16 bits
 *     copy(from, length, to)          the same, of what it copies on the way; the two places do not overlap
 *     keep(at, kept)                  copies the 64 bytes at `at`
 *     reveal(at, before, key, kept)   puts the 32 bytes by which `at` differs from `before` at `key`, and what was kept back at `at`
 *
 * Written as the bytes of the binary format, by names: there is nothing to build.
 */

const I32 = 0x7f;
const V128 = 0x7b;
const VOID = 0x40;

const block = [0x02, VOID];
const loop = [0x03, VOID];
const end = [0x0b];
const branch = (depth: number): number[] => [0x0c, depth];
const branchIf = (depth: number): number[] => [0x0d, depth];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const number = (value: number): number[] => [0x41, ...signed(value)];
const add = [0x6a];
const subtract = [0x6b];
const and = [0x71];
const shiftRight = [0x76];
const isLess = [0x49];
const isZero = [0x45];
const load8 = [0x2d, 0, 0];
const load16 = [0x2f, 0, 0];
const store8 = [0x3a, 0, 0];
const store16 = [0x3b, 0, 0];
const loadVector = (offset: number): number[] => [0xfd, 0, 0, ...unsigned(offset)];
const storeVector = (offset: number): number[] => [0xfd, 11, 0, ...unsigned(offset)];
/** i32x4.extadd_pairwise_i16x8_u: eight words to four sums, of which none can overflow in 64 KiB. */
const addPairs = [0xfd, 0x7f];
const addVectors = [0xfd, 0xae, 0x01];
const exclusiveOr = [0xfd, 0x51];
const lane = (index: number): number[] => [0xfd, 27, index];

// Locals: the parameters, then their own.
const [FROM, LENGTH, TO] = [0, 1, 2] as const;

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** Two vectors and one number. */
const localsOfItsOwn = [2, 2, V128, 1, I32];

/** For a memory that has `pages` and never more. */
export function newPacketModule(pages: number): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, [4, ...type(2, [I32]), ...type(3, [I32]), ...type(2, []), ...type(4, [])]),
    ...section(2, [1, ...name("packets"), ...name("memory"), 0x02, 0x01, ...unsigned(pages), ...unsigned(pages)]),
    ...section(3, [4, 0, 1, 2, 3]),
    ...section(7, [4, ...["sum", "copy", "keep", "reveal"].flatMap((each, at) => [...name(each), 0x00, at])]),
    ...section(10, [4, ...[sumBody(false), sumBody(true), keepBody(), revealBody()].flatMap(sized)]),
  ]);
}

function type(parameters: number, results: readonly number[]): number[] {
  return [0x60, parameters, ...Array.from({ length: parameters }, () => I32), results.length, ...results];
}

/** The vectors of a block of the cipher. */
const BLOCK = [0, 16, 32, 48];
const KEY = [0, 16];
const noLocals = [0];

function keepBody(): number[] {
  const [AT, KEPT] = [0, 1] as const;
  return [...noLocals, ...BLOCK.flatMap((offset) => copyVector(AT, KEPT, offset)), ...end];
}

function revealBody(): number[] {
  const [AT, BEFORE, INTO, KEPT] = [0, 1, 2, 3] as const;
  const differ = (offset: number): number[] => [
    ...get(INTO),
    ...get(AT),
    ...loadVector(offset),
    ...get(BEFORE),
    ...loadVector(offset),
    ...exclusiveOr,
    ...storeVector(offset),
  ];
  return [...noLocals, ...KEY.flatMap(differ), ...BLOCK.flatMap((offset) => copyVector(KEPT, AT, offset)), ...end];
}

function copyVector(from: number, to: number, offset: number): number[] {
  return [...get(to), ...get(from), ...loadVector(offset), ...storeVector(offset)];
}

function sumBody(copies: boolean): number[] {
  const [VECTOR, SUMS, TOTAL] = copies ? ([3, 4, 5] as const) : ([2, 3, 4] as const);
  const advance = (bytes: number): number[] => [
    ...get(FROM),
    ...number(bytes),
    ...add,
    ...set(FROM),
    ...get(LENGTH),
    ...number(bytes),
    ...subtract,
    ...set(LENGTH),
    ...(copies ? [...get(TO), ...number(bytes), ...add, ...set(TO)] : []),
  ];
  const vectorAt = (offset: number): number[] => [
    ...get(FROM),
    ...loadVector(offset),
    ...set(VECTOR),
    ...(copies ? [...get(TO), ...get(VECTOR), ...storeVector(offset)] : []),
    ...get(VECTOR),
    ...addPairs,
    ...get(SUMS),
    ...addVectors,
    ...set(SUMS),
  ];
  const wholeVectors = (offsets: readonly number[]): number[] =>
    repeated(offsets.length * 16, [...offsets.flatMap(vectorAt), ...advance(offsets.length * 16)]);
  const addToTotal = [...get(TOTAL), ...add, ...set(TOTAL)];
  const fold = [
    ...get(TOTAL),
    ...number(0xffff),
    ...and,
    ...get(TOTAL),
    ...number(16),
    ...shiftRight,
    ...add,
    ...set(TOTAL),
  ];
  return [
    ...localsOfItsOwn,
    ...wholeVectors([0, 16, 32, 48]),
    ...wholeVectors([0]),
    ...[0, 1, 2, 3].flatMap((index) => [...get(SUMS), ...lane(index), ...addToTotal]),
    ...repeated(2, [
      ...(copies ? [...get(TO), ...get(FROM), ...load16, ...store16] : []),
      ...get(FROM),
      ...load16,
      ...addToTotal,
      ...advance(2),
    ]),
    ...block,
    ...get(LENGTH),
    ...isZero,
    ...branchIf(0),
    ...(copies ? [...get(TO), ...get(FROM), ...load8, ...store8] : []),
    ...get(FROM),
    ...load8,
    ...addToTotal,
    ...end,
    ...fold,
    ...fold,
    ...get(TOTAL),
    ...end,
  ];

  /** While there are so many bytes left. */
  function repeated(bytes: number, code: readonly number[]): number[] {
    return [
      ...block,
      ...loop,
      ...get(LENGTH),
      ...number(bytes),
      ...isLess,
      ...branchIf(1),
      ...code,
      ...branch(0),
      ...end,
      ...end,
    ];
  }
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
