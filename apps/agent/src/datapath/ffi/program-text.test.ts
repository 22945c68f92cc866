import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadNative, type Native } from "./native.ts";
import { cleanRanges, ProgramText } from "./program-text.ts";

const NODE = "/usr/bin/my node";

describe("what is given back", () => {
  test("is the program's own code and constants", () => {
    const maps = [mapping("400000-e00000 r--p", NODE), mapping("e00000-3a00000 r-xp", NODE)];
    expect(cleanRanges(maps.join(""), NODE)).toEqual([
      { start: 0x400000, length: 0xa00000 },
      { start: 0xe00000, length: 0x2c00000 },
    ]);
  });

  // Given back, these would come again as the file has them: without what was written since.
  test.each([
    ["what can be written", mapping("3b00000-3c00000 rw-p", NODE)],
    ["what was written before it was sealed", mapping("3a00000-3b00000 r--p", NODE, 8)],
    ["another file's", mapping("7f0000000000-7f0000001000 r-xp", "/usr/lib/libc.so.6")],
    ["nobody's file's", mapping("7f0000200000-7f0000300000 r-xp", "")],
    ["a file's that is no longer there", mapping("7f0000300000-7f0000400000 r-xp", `${NODE} (deleted)`)],
    ["what nothing is said about", "e00000-3a00000 r-xp 00000000 08:01 99 /usr/bin/my node\n"],
  ])("is never %s", (_, text) => {
    expect(cleanRanges(text, NODE)).toEqual([]);
  });
});

const loaded = loadNative();

describe.runIf(loaded.ok && process.platform === "linux")("code that is given back", () => {
  const native = (loaded as { value: Native }).value;

  test("is no longer resident, and runs all the same", () => {
    const text = new ProgramText(native, 0);
    const before = residentKilobytes();
    text.forget();
    expect(residentKilobytes()).toBeLessThan(before);
    expect(JSON.stringify({ a: [1.5, /x/.exec("x")?.[0]] })).toBe('{"a":[1.5,"x"]}');
  });

  test("is given back after the start, and then once a minute", () => {
    const calls: number[] = [];
    let now = 1_000;
    const counting: Native = { ...native, bind: (() => () => calls.push(now)) as unknown as Native["bind"] };
    const text = new ProgramText(counting, now);
    for (; now < 200_000; now += 1_000) expect(text.tick(now)).toBeGreaterThan(0);
    expect([...new Set(calls)]).toEqual([16_000, 76_000, 136_000, 196_000]);
  });
});

function mapping(range: string, path: string, anonymousKilobytes = 0): string {
  const lines = [
    "Rss: 512 kB",
    "Private_Dirty: 0 kB",
    `Anonymous: ${anonymousKilobytes} kB`,
    "VmFlags: rd ex mr mw me",
  ];
  return `${range} 00000000 08:01 99   ${path}\n${lines.join("\n")}\n`;
}

/** Of what this Node has mapped of its own file. */
function residentKilobytes(): number {
  const maps = readFileSync("/proc/self/smaps", "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const own = maps.filter((map) => map.split("\n")[0]?.endsWith(process.execPath));
  return own.reduce((sum, map) => sum + Number(/^Rss: +(\d+) kB$/m.exec(map)?.[1] ?? 0), 0);
}
