import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contrast, parseTokens, toLinearSrgb } from "./contrast.ts";

const colours = parseTokens(readFileSync(new URL("./tokens.css", import.meta.url), "utf8"));
const THEMES = ["light", "dark"] as const;

const TEXT: readonly (readonly [text: string, backgrounds: readonly string[]])[] = [
  [
    "text",
    [
      "canvas",
      "surface",
      "raised",
      "sunken",
      "hover",
      "accent-wash",
      "direct-wash",
      "relayed-wash",
      "trying-wash",
      "failed-wash",
    ],
  ],
  [
    "muted",
    [
      "canvas",
      "surface",
      "raised",
      "sunken",
      "hover",
      "accent-wash",
      "direct-wash",
      "relayed-wash",
      "trying-wash",
      "failed-wash",
    ],
  ],
  ["accent", ["canvas", "surface", "raised", "hover", "accent-wash"]],
  ["danger", ["canvas", "surface", "raised", "hover", "failed-wash"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["on-danger", ["danger-solid", "danger-solid-hover"]],
];

const SIGNS: readonly (readonly [sign: string, backgrounds: readonly string[]])[] = [
  ...["direct", "relayed", "trying", "failed", "offline", "unknown", "border", "focus"].map(
    (sign) => [sign, ["canvas", "surface", "raised", "sunken", "hover"]] as const,
  ),
  ["direct", ["direct-wash"]],
  ["relayed", ["relayed-wash"]],
  ["trying", ["trying-wash"]],
  ["failed", ["failed-wash"]],
  ["ring-ray", ["ring-disc"]],
];

describe("contrast", () => {
  test("black on white is 21, a colour on itself is 1", () => {
    expect(contrast([0, 0, 0], [1, 0, 0])).toBeCloseTo(21, 2);
    expect(contrast([0.5, 0.1, 20], [0.5, 0.1, 20])).toBe(1);
  });

  test("sRGB red comes out as sRGB red", () => {
    const [red, green, blue] = toLinearSrgb([0.627955, 0.257683, 29.2339]);
    expect(red).toBeCloseTo(1, 3);
    expect(green).toBeCloseTo(0, 3);
    expect(blue).toBeCloseTo(0, 3);
  });
});

describe.each(THEMES)("%s theme", (theme) => {
  test.each(pairs(TEXT))("text %s on %s is readable", (text, background) => {
    expect(contrast(colour(text, theme), colour(background, theme))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(pairs(SIGNS))("%s on %s is seen", (sign, background) => {
    expect(contrast(colour(sign, theme), colour(background, theme))).toBeGreaterThanOrEqual(3);
  });

  test("every colour is one that an sRGB screen can show, within a rounding error", () => {
    for (const [name, value] of colours) {
      for (const channel of toLinearSrgb(value[theme])) {
        expect(channel, `${name} in ${theme}`).toBeGreaterThan(-0.02);
        expect(channel, `${name} in ${theme}`).toBeLessThan(1.02);
      }
    }
  });
});

function pairs(table: typeof TEXT): [string, string][] {
  return table.flatMap(([name, backgrounds]) => backgrounds.map((background): [string, string] => [name, background]));
}

function colour(name: string, theme: (typeof THEMES)[number]) {
  const value = colours.get(name);
  if (value === undefined) throw new Error(`tokens.css has no --${name}`);
  return value[theme];
}
