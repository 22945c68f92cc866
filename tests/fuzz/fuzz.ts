/**
 * Feeds a parser a corpus and millions of mutations of it: it may refuse, and may neither throw nor think for long.
 *
 * A corpus is a file of inputs in hexadecimal, one a line behind its name; what once was a problem is added to it and
 * stays. A failure prints the input in that form.
 */
import { readFileSync } from "node:fs";
import { Mutator } from "./mutator.ts";

/** `FUZZ=10` makes them ten times as many. */
const INPUTS = 5_000_000 * Number(process.env["FUZZ"] ?? 1);
const LONGEST_MS = 10;
/** Timed together: that a millisecond has passed says little of one input, and asking costs more than most of them. */
const BATCH = 512;
/** A machine with other work makes any input seem slow once. */
const REPEATS = 5;

export type FuzzReport = {
  readonly inputs: number;
  /** Those that the parser took: if nothing is, nothing behind its first check was tried. */
  readonly accepted: number;
};

/** `parse` says whether it took the input. @throws with the input that it threw at or thought too long about. */
export function fuzz(name: string, parse: (input: Uint8Array) => boolean): FuzzReport {
  const corpus = readCorpus(name);
  let accepted = corpus.filter((input) => attempt(parse, Uint8Array.from(input))).length;
  const mutator = new Mutator(corpus, seedOf(name));
  let inputs = corpus.length;
  while (inputs < INPUTS) {
    const { state } = mutator;
    const startedAt = performance.now();
    for (let count = 0; count < BATCH; count++) if (attempt(parse, mutator.next())) accepted += 1;
    inputs += BATCH;
    if (performance.now() - startedAt < LONGEST_MS) continue;
    const end = mutator.state;
    mutator.state = state;
    for (let count = 0; count < BATCH; count++) refuseSlow(parse, mutator.next());
    mutator.state = end;
  }
  return { inputs, accepted };
}

function attempt(parse: (input: Uint8Array) => boolean, input: Uint8Array): boolean {
  try {
    return parse(input);
  } catch (error) {
    throw new Error(`thrown at ${Buffer.from(input).toString("hex")}`, { cause: error });
  }
}

function refuseSlow(parse: (input: Uint8Array) => boolean, input: Uint8Array): void {
  let quickest = Infinity;
  for (let repeat = 0; repeat < REPEATS && quickest > LONGEST_MS; repeat++) {
    const startedAt = performance.now();
    parse(input);
    quickest = Math.min(quickest, performance.now() - startedAt);
  }
  if (quickest > LONGEST_MS) throw new Error(`${quickest} ms for ${Buffer.from(input).toString("hex")}`);
}

function readCorpus(name: string): Uint8Array[] {
  const lines = readFileSync(new URL(`corpora/${name}.txt`, import.meta.url), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, hex] = /^[^#:]+: *([0-9a-f]*)$/.exec(line) ?? [];
    return hex === undefined ? [] : [Uint8Array.from(Buffer.from(hex, "hex"))];
  });
}

function seedOf(name: string): number {
  return Buffer.from(name).reduce((seed, byte) => Math.imul(seed, 31) + byte, 7);
}
