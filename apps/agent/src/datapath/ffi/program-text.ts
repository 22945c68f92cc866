/**
 * Gives back the pages of the program's own file, its code and constants, that nothing needs at the moment. Node has read
 * some 50 MB of itself by the time an agent is online, and an agent that waits uses a part of it. The pages are the
 * file's, unchanged: the kernel keeps them in its cache for as long as it likes, and what is used again is mapped again
 * without reading the disk.
 *
 * Given back is only what is mapped without leave to write and has no page of its own: all of it is in the file.
 */
import { readFileSync } from "node:fs";
import type { Native } from "./native.ts";

const MADV_DONTNEED = 4;

/** When the start and its handshakes are over, and then often enough that what is used once an hour does not add up. */
const FIRST_MS = 15_000;
const EVERY_MS = 60_000;

export type TextRange = { readonly start: number; readonly length: number };

/** The clean mappings of the file at `path`, of what `/proc/self/smaps` says. */
export function cleanRanges(smaps: string, path: string): TextRange[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, from = "", to = "", name = ""] =
      /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ \d+ +(.*)$/m.exec(mapping) ?? [];
    const start = Number.parseInt(from, 16);
    const isClean = /^Anonymous: +0 kB$/m.test(mapping) && /^Private_Dirty: +0 kB$/m.test(mapping);
    if (name !== path || !isClean || !Number.isSafeInteger(start)) return [];
    return [{ start, length: Number.parseInt(to, 16) - start }];
  });
}

export class ProgramText {
  readonly #advise: (start: number, length: number, advice: number) => number;
  #ranges: readonly TextRange[] | undefined;
  #dueAt: number;

  constructor({ bind }: Native, now: number) {
    this.#advise = bind("int madvise(uintptr_t start, size_t length, int advice)");
    this.#dueAt = now + FIRST_MS;
  }

  /** Does what is due; yields the milliseconds until something is again. */
  tick(now: number): number {
    if (now >= this.#dueAt) {
      this.#dueAt = now + EVERY_MS;
      this.forget();
    }
    return this.#dueAt - now;
  }

  /** Where there is no such table, or the kernel declines, everything stays as it is. */
  forget(): void {
    // They stay where they are for as long as the process lives.
    this.#ranges ??= cleanRanges(readMappings(), process.execPath);
    for (const { start, length } of this.#ranges) this.#advise(start, length, MADV_DONTNEED);
  }
}

function readMappings(): string {
  try {
    return readFileSync("/proc/self/smaps", "utf8");
  } catch {
    return "";
  }
}
