/**
 * `npm run bench:paths [-- --seeds N] [--only PART]… [--out DIR]`: the path engine's figures, from the real engine in the
 * simulator, with the matrix of NAT types as text and as a picture. Takes some minutes; exits with 1 when a bound is missed.
 */
import { parseArgs } from "node:util";
import { type Figure, formatFigures } from "./figure.ts";
import { PARTS } from "./parts.ts";

const USAGE = `usage: npm run bench:paths [-- --seeds N] [--only ${Object.keys(PARTS).join("|")}]… [--out DIR]`;
const SAY_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    only: { type: "string", multiple: true },
    out: { type: "string" },
    help: { type: "boolean" },
  },
});
const seeds = Number(values.seeds ?? 100);
const unknown = values.only?.some((part) => !Object.hasOwn(PARTS, part)) ?? false;
if (values.help === true || unknown || !Number.isInteger(seeds) || seeds < 1) {
  console.log(USAGE);
  process.exit(values.help === true ? 0 : 2);
}

const figures: Figure[] = [];
const texts: string[] = [];
for (const [part, run] of Object.entries(PARTS)) {
  if (values.only !== undefined && !values.only.includes(part)) continue;
  process.stderr.write(`${part} …\n`);
  let saidAt = performance.now();
  const result = await run({
    seeds,
    out: values.out,
    onSample: (done, size) => {
      if (performance.now() - saidAt < SAY_EVERY_MS) return;
      saidAt = performance.now();
      process.stderr.write(`  ${done} of ${size}\n`);
    },
  });
  figures.push(...result.figures);
  if (result.text !== undefined && result.text !== "") texts.push(result.text);
}

console.log(["", ...texts, formatFigures(figures)].join("\n\n"));
process.exit(figures.every(({ isMet }) => isMet) ? 0 : 1);
