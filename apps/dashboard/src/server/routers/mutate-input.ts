/** Inputs that are nearly right: for tests of what a procedure makes of them. The same for the same seed. */

type Fields = Readonly<Record<string, unknown>>;

/** What code has been seen to stumble over. Made anew each time, so that nothing of one call stays in the next. */
const HOSTILE: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => "",
  () => " ",
  () => "x".repeat(70_000),
  () => "\u0000",
  () => "\u202egnp.exe",
  () => "\u200b\u2066a\u2069",
  () => "\ud800",
  () => "=HYPERLINK(1)",
  () => "<script>alert(1)</script>",
  () => "'; drop table user; --",
  () => "__proto__",
  () => "constructor",
  () => "../../etc/passwd",
  () => "tag:\n",
  () => "2026-13-45T99:99:99Z",
  () => "[".repeat(20_000),
  () => '{"grants":[{"src":["*"],"dst":["*"],"ip":["tcp:99999999999"]}]}',
  () => '{"groups":{"group:a":["group:a"]},"grants":[]}',
  () => `{"grants":[${'{"src":["*"],"dst":["*"],"ip":["*"]},'.repeat(500)}]}`,
  () => 0,
  () => -0,
  () => -1,
  () => 1.5,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => Number.MAX_SAFE_INTEGER,
  () => 2 ** 63,
  () => 10n ** 30n,
  () => true,
  () => false,
  () => [],
  () => [null],
  () => Array.from({ length: 5_000 }, (_, n) => n),
  () => Array.from({ length: 64 }, () => "team.view"),
  () => ({}),
  () => JSON.parse('{"__proto__":{"role":"owner"},"constructor":{"prototype":{}}}'),
  () => ({ toString: "no function" }),
  () => ({ length: 1e9 }),
  () => new Date(Number.NaN),
  () => new Date(8.64e15),
  () => new Map([["a", 1]]),
  () => new Uint8Array(16),
  () => Symbol.iterator,
  () => () => "called",
  () => nested(2_000),
];

/** Fields that schemas have which the world's input leaves out. */
const MORE_FIELDS = ["cursor", "limit", "email", "tags", "maxUses", "ephemeral", "attemptId", "range", "message", "at"];

export function newMutator(seed: string, samples: readonly Fields[]): () => unknown {
  const random = newRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const hostile = () => pick(HOSTILE)();

  return () => {
    if (below(50) === 0) return hostile();
    const input: Record<string, unknown> = { ...pick(samples) };
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const name = below(6) === 0 ? pick(MORE_FIELDS) : pick(Object.keys(input));
      switch (below(5)) {
        case 0:
          delete input[name];
          break;
        case 1:
          input[name] = pick(Object.values(pick(samples)));
          break;
        case 2:
          input[name] = bend(input[name], below);
          break;
        default:
          input[name] = hostile();
      }
    }
    return input;
  };
}

/** Nearly what it was. */
function bend(value: unknown, below: (limit: number) => number): unknown {
  if (typeof value === "number") return value + ([1, -1, 0.5, 1e6][below(4)] ?? 0);
  if (Array.isArray(value)) return [...value, ...value, "x"].slice(below(3));
  if (typeof value !== "string" || value === "") return value;
  const at = below(value.length);
  const other = String.fromCodePoint(below(0xd800));
  return [value.slice(0, at), value + other, value.slice(0, at) + other + value.slice(at + 1), value.toUpperCase()][
    below(4)
  ];
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

/** mulberry32, from the text's own hash. */
function newRandom(seed: string): () => number {
  let state = 0;
  for (const char of seed) state = Math.imul(state, 31) + (char.codePointAt(0) ?? 0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
