/**
 * Where the next port of a NAT that draws at random is expected; pure.
 *
 * Several explanations compete, and the narrowest that holds with {@link MAX_CHANCE} wins: an aligned block of a carrier's NAT,
 * the ephemeral range of an operating system, any span around what was seen. Each is judged by how likely a wider truth
 * would have shown itself so narrow, so fewer samples give a wider range.
 */

export type PortSpan = { readonly first: number; readonly last: number };

/** That the truth is wider than what is told, where it is of the kind that is told. */
const MAX_CHANCE = 0.001;

/** Fewer say nothing. */
const MIN_PORTS = 4;

/** What carriers give to a household, in ports. */
const MIN_BLOCK = 128;
const MAX_BLOCK = 8_192;

/** A span at no boundary that anybody knows is worth telling up to here. */
const MAX_SPAN = 16_384;

const EVERYTHING: PortSpan = { first: 1_024, last: 65_535 };

/** IANA's dynamic ports, Linux's, and the upper half. */
const EPHEMERAL: readonly PortSpan[] = [
  { first: 49_152, last: 65_535 },
  { first: 32_768, last: 60_999 },
  { first: 32_768, last: 65_535 },
];

export function expectRange(ports: readonly number[]): PortSpan {
  if (ports.length < MIN_PORTS) return EVERYTHING;
  const seen = { first: Math.min(...ports), last: Math.max(...ports) };
  const everything = contains(EVERYTHING, seen) ? EVERYTHING : { first: 1, last: 65_535 };
  const explanations = [alignedBlock(seen, ports.length), ...ephemeral(seen, ports.length), around(seen, ports.length)];
  return explanations.reduce<PortSpan>(
    (best, each) => (each !== undefined && widthOf(each) < widthOf(best) ? each : best),
    everything,
  );
}

/**
 * The smallest aligned block that holds all, or so many doublings of it that all n samples lie in one of its
 * aligned parts by chance less than once in a thousand times: `parts^(1−n)`.
 */
function alignedBlock(seen: PortSpan, count: number): PortSpan | undefined {
  let size = MIN_BLOCK;
  while (Math.floor(seen.first / size) !== Math.floor(seen.last / size)) size *= 2;
  const doublings = Math.max(0, Math.ceil(-Math.log2(MAX_CHANCE) / (count - 1)) - 1);
  size *= 2 ** doublings;
  if (size > MAX_BLOCK) return undefined;
  const first = Math.floor(seen.first / size) * size;
  return { first: Math.max(1, first), last: first + size - 1 };
}

function ephemeral(seen: PortSpan, count: number): PortSpan[] {
  return EPHEMERAL.filter(
    (range) => contains(range, seen) && (widthOf(range) / widthOf(EVERYTHING)) ** count <= MAX_CHANCE,
  );
}

/**
 * Of n ports from any block, the part below the lowest is larger than t times their span with the chance (1+t)^(1−n),
 * and so is the part above the highest.
 */
function around(seen: PortSpan, count: number): PortSpan | undefined {
  const margin = Math.ceil((seen.last - seen.first) * ((MAX_CHANCE / 2) ** (1 / (1 - count)) - 1));
  const floor = seen.first < EVERYTHING.first ? 1 : EVERYTHING.first;
  const span = { first: Math.max(floor, seen.first - margin), last: Math.min(EVERYTHING.last, seen.last + margin) };
  return widthOf(span) <= MAX_SPAN ? span : undefined;
}

const widthOf = ({ first, last }: PortSpan): number => last - first + 1;

const contains = (range: PortSpan, { first, last }: PortSpan): boolean => range.first <= first && last <= range.last;
