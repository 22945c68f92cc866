/** A share of the matrix in a process of its own: `shard.ts INDEX COUNT SEEDS`, a cell a line. */
import { PAIRS, runCell } from "./matrix.ts";

const [index = 0, count = 1, seeds = 1] = process.argv.slice(2).map(Number);
for (let at = index; at < PAIRS.length; at += count) console.log(JSON.stringify(runCell(at, seeds)));
