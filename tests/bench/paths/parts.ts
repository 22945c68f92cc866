/** What `npm run bench:paths` consists of; the number of seeds is the matrix's, and each figure takes its own multiple of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { amplificationFigure } from "./amplification-figure.ts";
import type { Figure } from "./figure.ts";
import { hardPairs } from "./hard-pairs.ts";
import { isDirect, matrix, PAIRS } from "./matrix.ts";
import { matrixPicture } from "./matrix-picture.ts";
import { matrixText } from "./matrix-text.ts";
import type { Measurement } from "./measurement.ts";
import { disagreements, reasons } from "./reasons.ts";
import { lossySimplePairs, timeToDirect } from "./simple-pairs.ts";
import { measure, type OnSample, takeSamples } from "./take-samples.ts";
import { deadPath, networkChange, steadyHour } from "./upkeep.ts";

type PartOptions = { readonly seeds: number; readonly out?: string | undefined; readonly onSample: OnSample };
type PartResult = { readonly figures: readonly Figure[]; readonly text?: string };

export const PARTS: Readonly<Record<string, (options: PartOptions) => PartResult | Promise<PartResult>>> = {
  matrix: async ({ seeds, out, onSample }) => {
    const cells = await takeSamples(matrix, seeds, onSample);
    const title = `${cells.filter(isDirect).length} of ${PAIRS.length} pairs of NAT types become direct in 95 % of ${seeds} seeds`;
    if (out !== undefined) {
      mkdirSync(out, { recursive: true });
      writeFileSync(`${out}/nat-matrix.svg`, matrixPicture(cells, title));
    }
    const torn = cells.filter(({ direct, seeds: all }) => direct > 0 && direct < all);
    const lines = torn.map(
      ({ a, b, direct, seeds: all, technique }) => `  ${a} and ${b}: ${direct} of ${all}, ${technique}`,
    );
    return { figures: [matrix.figure(cells, seeds)], text: [matrixText(cells), "", title, ...lines].join("\n") };
  },
  simple: async (options) => ({
    figures: [
      ...(await figuresOf(options, [lossySimplePairs], 1 / 5)),
      ...(await figuresOf(options, [timeToDirect], 1 / 20)),
    ],
  }),
  hard: async (options) => ({ figures: await figuresOf(options, hardPairs, 5) }),
  upkeep: async (options) => ({
    figures: [
      ...(await figuresOf(options, [deadPath], 1)),
      ...(await figuresOf(options, [networkChange], 1)),
      ...(await figuresOf(options, [steadyHour], 1 / 5)),
    ],
  }),
  reasons: async ({ seeds, onSample }) => {
    const judgements = await takeSamples(reasons, 50 * seeds, onSample);
    return { figures: [reasons.figure(judgements, 50 * seeds)], text: disagreements(judgements).join("\n") };
  },
  amplification: () => ({ figures: [amplificationFigure()] }),
};

async function figuresOf<Sample>(
  { seeds, onSample }: PartOptions,
  measurements: readonly Measurement<Sample>[],
  share: number,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const measurement of measurements)
    figures.push(await measure(measurement, Math.max(1, Math.round(seeds * share)), onSample));
  return figures;
}
