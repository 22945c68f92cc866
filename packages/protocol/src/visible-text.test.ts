import { expect, test } from "vitest";
import { isVisible, toVisible } from "./visible-text.ts";

test.each(["Zoë", "日本語", "אבג", "Ana's Laptop (2)", "नमस्ते", "ภาษาที่", "☁️ cloud", "🚀", "=1+1"])(
  "%s can be seen",
  (text) => {
    expect(isVisible(text)).toBe(true);
    expect(toVisible(text)).toBe(text);
  },
);

test.each([
  ["a\u0000b", "a\u{fffd}b"],
  ["a\nb", "a\u{fffd}b"],
  ["\u001b[31m", "\u{fffd}[31m"],
  ["a\u009b", "a\u{fffd}"],
  ["ab\u202egnp", "ab\u{fffd}gnp"],
  ["a\u200bb", "a\u{fffd}b"],
  ["a\u3164b", "a\u{fffd}b"],
  ["a\u2028b", "a\u{fffd}b"],
  ["a\ud800b", "a\u{fffd}b"],
  ["a\ufe0fb", "a\u{fffd}b"],
  ["\u2800", "\u{fffd}"],
  [`a${"\u0300".repeat(40)}`, "a\u{fffd}"],
  ["\u{e0041}", "\u{fffd}"],
])("%j cannot", (text, shown) => {
  expect(isVisible(text)).toBe(false);
  expect(toVisible(text)).toBe(shown);
});

test.each(["", " ", "\u0301"])("%j is nothing to see", (text) => {
  expect(isVisible(text)).toBe(false);
});
