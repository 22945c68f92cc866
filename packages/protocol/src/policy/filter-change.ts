/**
 * From one filter to the next without what both say: a list of sources names every device of a team that a grant lets in,
 * and a new policy, or a device that comes, touches a few of them.
 *
 * Lists are told as runs of the list before, in order, so that what comes out is the filter itself and not one that
 * means the same. Both hashes go along: who holds another filter, or gets another one, knows it.
 */
import * as z from "zod";
import { err, ok, type Result } from "../result.ts";
import { type FilterRule, filterRuleSchema } from "./filter-rule.ts";

const hashSchema = z.string().max(64);
const placeSchema = z.number().int().nonnegative();
const { src: sourcesSchema, ...restShape } = filterRuleSchema.shape;

/** Bounds a filter on both sides, as a list of sources is bounded by its own schema. */
export const MAX_RULES = 20_000;
const MAX_SOURCES = 5_000;
/** Of all rules together: a few bytes name a run of thousands. One message holds a whole filter of about half of it. */
const MAX_ALL_SOURCES = 500_000;

export const filterChangeSchema = z.object({
  /** The hash of the filter that it changes. */
  from: hashSchema,
  /** The hash of what comes of it. */
  to: hashSchema,
  rules: z
    .array(
      z.object({
        /** The rule of the filter held whose sources `src` speaks of. */
        of: placeSchema,
        /** Prefixes, and runs of those sources: from which one on, how many. */
        src: z.array(z.union([sourcesSchema.element, z.tuple([placeSchema, placeSchema])])).max(MAX_SOURCES),
        ...restShape,
      }),
    )
    .max(MAX_RULES),
});
export type FilterChange = z.infer<typeof filterChangeSchema>;
type SourceRuns = FilterChange["rules"][number]["src"];

type Hash = (rules: readonly FilterRule[]) => string;

/** Fewer prefixes spared than this, and the filter itself is as good. */
const WORTH_SPARING = 32;

/** Undefined where the whole filter is no longer, or nearly so. */
export function diffFilter(
  held: readonly FilterRule[],
  next: readonly FilterRule[],
  hash: Hash,
): FilterChange | undefined {
  const places = new Map(held.map((rule, at) => [bodyOf(rule), at]));
  let spared = 0;
  const rules = next.map(({ src, ...rest }, at) => {
    // What else it says is the best sign that it comes from the same grant; then, where it stands.
    const of = places.get(bodyOf(rest)) ?? Math.min(at, Math.max(0, held.length - 1));
    const runs = diffSources(held[of]?.src ?? NOBODY, src);
    spared += src.length - runs.length;
    return { of, src: runs, ...rest };
  });
  return spared < WORTH_SPARING ? undefined : { from: hash(held), to: hash(next), rules };
}

/** `wrong-filter`: it is not for the filter held, or not what it says it is; a whole netmap puts it right. */
export function applyFilterChange(
  held: readonly FilterRule[],
  { from, to, rules }: FilterChange,
  hash: Hash,
): Result<FilterRule[], "wrong-filter"> {
  if (hash(held) !== from) return err("wrong-filter");
  const next: FilterRule[] = [];
  let count = 0;
  for (const { of, src: runs, ...rest } of rules) {
    const src = followRuns(held[of]?.src ?? NOBODY, runs);
    count += src?.length ?? 0;
    if (src === undefined || count > MAX_ALL_SOURCES) return err("wrong-filter");
    next.push({ src, ...rest });
  }
  return hash(next) === to ? ok(next) : err("wrong-filter");
}

const NOBODY: string[] = [];

const bodyOf = ({ dst, allow, until }: Omit<FilterRule, "src">): string => JSON.stringify([dst, allow, until ?? null]);

/** Lists are shared by the filters of many devices, and never changed: each pair of them is looked at once. */
const known = new WeakMap<readonly string[], WeakMap<readonly string[], SourceRuns>>();

function diffSources(held: readonly string[], next: readonly string[]): SourceRuns {
  const fromHere = known.get(held) ?? new WeakMap<readonly string[], SourceRuns>();
  known.set(held, fromHere);
  const runs = fromHere.get(next) ?? findRuns(held, next);
  fromHere.set(next, runs);
  return runs;
}

function findRuns(held: readonly string[], next: readonly string[]): SourceRuns {
  const places = new Map(held.map((source, at) => [source, at]));
  const runs: SourceRuns = [];
  let run: [from: number, count: number] | undefined;
  for (const source of next) {
    const at = places.get(source);
    if (at !== undefined && run !== undefined && at === run[0] + run[1]) {
      run[1]++;
      continue;
    }
    run = at === undefined ? undefined : [at, 1];
    runs.push(run ?? source);
  }
  return runs;
}

function followRuns(held: string[], runs: SourceRuns): string[] | undefined {
  const [first, ...others] = runs;
  // The same list: what is known of it stays known.
  if (others.length === 0 && typeof first === "object" && first[0] === 0 && first[1] === held.length) return held;
  const sources: string[] = [];
  for (const run of runs) {
    if (typeof run === "string") sources.push(run);
    else {
      const [from, count] = run;
      if (from + count > held.length || sources.length + count > MAX_SOURCES) return undefined;
      for (let at = from; at < from + count; at++) sources.push(held[at] ?? "");
    }
  }
  return sources.length > MAX_SOURCES ? undefined : sources;
}
