/**
 * `npm run bench:tunnel [NAME…] [-- --runs=5 --seconds=5 --minutes=2 --picture=FILE]`: our tunnel against wireguard-go, in
 * one run on one machine, and what it takes of memory, time and loss. Without names: all of it, with the picture in
 * docs/images. Needs root, wireguard-go, wireguard-tools, iperf3, nft and iputils-ping. Exits with 1 when a bound is missed.
 *
 * Both tunnels lie over one wire all the time, and each run measures them right after each other.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Figure, formatFigures, isMet as isFigureMet } from "../figure.ts";
import { RATIOS } from "./benches.ts";
import { measureLossyTransfer } from "./lossy.ts";
import { measureMemory } from "./memory-figures.ts";
import { ratioPicture } from "./picture.ts";
import { drawRatios, isMet, type Ratio } from "./ratio.ts";
import { measureSoak } from "./soak.ts";
import { Stage } from "./stage.ts";

const PICTURE = fileURLToPath(new URL("../../../docs/images/tunnel.svg", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    minutes: { type: "string", default: "2" },
    picture: { type: "string" },
  },
});

const FIGURES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  memory: measureMemory,
  loss: async () => [await measureLossyTransfer()],
  soak: () => measureSoak(Number(values.minutes)),
};

const names = [...Object.keys(RATIOS), ...Object.keys(FIGURES)];
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there are ${names.join(", ")}`);
  process.exit(2);
}
const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);

let isBroken = false;
const ratios: Ratio[] = [];
{
  await using stage = new Stage(Number(values.seconds));
  for (const [name, { measureOurs, measureTheirs, ...figure }] of Object.entries(RATIOS)) {
    if (!isWanted(name)) continue;
    const runs: Ratio["runs"][number][] = [];
    for (let run = 1; run <= Number(values.runs); run++) {
      process.stderr.write(`measuring ${name}, ${run} of ${values.runs} …\n`);
      try {
        runs.push({ ours: await measureOurs(stage), theirs: await measureTheirs(stage) });
      } catch (error) {
        // The others are still worth having.
        isBroken = true;
        console.error(`run ${run} of ${name} failed:`, error);
      }
    }
    if (runs.length > 0) ratios.push({ ...figure, runs });
  }
}
if (ratios.length > 0) console.log(drawRatios(ratios));

const figures: Figure[] = [];
for (const [name, measure] of Object.entries(FIGURES)) {
  if (!isWanted(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  figures.push(...(await measure()));
}
if (figures.length > 0) console.log(`\n${formatFigures(figures)}`);

const picture = values.picture ?? (positionals.length === 0 ? PICTURE : undefined);
if (picture !== undefined) {
  const title = `The tunnel, medians of ${values.runs} runs; in brackets what it is compared with`;
  writeFileSync(picture, ratioPicture(ratios, title));
}
process.exitCode = !isBroken && ratios.every(isMet) && figures.every(isFigureMet) ? 0 : 1;
