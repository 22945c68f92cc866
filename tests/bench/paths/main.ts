/**
 * `npm run bench:paths [-- --seeds N] [--out DIR]`: the path engine's figures, from the real engine in the simulator, with the
 * matrix of NAT types as text and as a picture. Takes some minutes; exits with 1 when a bound is missed.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { amplificationFigure } from "./amplification-figure.ts";
import { type Figure, formatFigures } from "./figure.ts";
import { measureHardPairs } from "./hard-pairs.ts";
import { isDirect, PAIRS } from "./matrix.ts";
import { matrixPicture } from "./matrix-picture.ts";
import { matrixText } from "./matrix-text.ts";
import { measureReasonsFigure } from "./reasons.ts";
import { runMatrix } from "./run-matrix.ts";
import { measureLossySimplePairs, measureTimeToDirect } from "./simple-pairs.ts";
import { measureDeadPath, measureNetworkChange, measureSteadyHour } from "./upkeep.ts";

const USAGE = "usage: npm run bench:paths [-- --seeds N] [--out DIR]";
const WANTED_PAIRS = 365;

const { values } = parseArgs({
  options: { seeds: { type: "string" }, out: { type: "string" }, help: { type: "boolean" } },
});
const seeds = Number(values.seeds ?? 100);
if (values.help === true || !Number.isInteger(seeds) || seeds < 1) {
  console.log(USAGE);
  process.exit(values.help === true ? 0 : 2);
}

const step = (words: string): void => void process.stderr.write(`${words} …\n`);
const few = Math.max(1, Math.round(seeds / 5));

step(`${PAIRS.length} pairs of NAT types, ${seeds} seeds each`);
const cells = await runMatrix(seeds, (done) => {
  if (done % 54 === 0) step(`  ${done} pairs`);
});
const direct = cells.filter(isDirect).length;
const title = `${direct} of ${PAIRS.length} pairs of NAT types become direct in 95 % of ${seeds} seeds`;

step("simple pairs");
const simple = [measureLossySimplePairs(few), measureTimeToDirect(Math.max(1, Math.round(seeds / 20)))];
step("hard pairs");
const hard = measureHardPairs(5 * seeds);
step("paths that stand");
const upkeep = [measureDeadPath(seeds), measureNetworkChange(seeds), measureSteadyHour(few)];

step("reasons");
const reasons = measureReasonsFigure(50 * seeds);

const figures: Figure[] = [
  {
    name: "NAT type pairs direct in ≥ 95 % of the seeds, 20 % foreign allocations, profiles measured",
    bound: `≥ ${WANTED_PAIRS} of ${PAIRS.length}`,
    measured: String(direct),
    isMet: direct >= WANTED_PAIRS,
  },
  ...simple,
  ...hard,
  ...upkeep,
  reasons,
  amplificationFigure(),
];

console.log(`\n${matrixText(cells)}\n\n${title}\n\n${formatFigures(figures)}`);
for (const cell of cells.filter((each) => each.direct > 0 && each.direct < each.seeds)) {
  console.log(`  ${cell.a} and ${cell.b}: ${cell.direct} of ${cell.seeds}, ${cell.technique}`);
}
if (values.out !== undefined) {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${values.out}/nat-matrix.svg`, matrixPicture(cells, title));
}
process.exit(figures.every(({ isMet }) => isMet) ? 0 : 1);
