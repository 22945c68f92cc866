// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { TextDiff } from "./text-diff.tsx";

afterEach(cleanup);

test("what was added and removed is said in words too, and what is far from a change is folded", () => {
  const lines = Array.from({ length: 20 }, (_, line) => `line ${line}`);
  const changed = lines.with(10, "another");
  render(<TextDiff before={lines.join("\n")} after={changed.join("\n")} />);
  const shown = screen.getAllByRole("listitem").map((item) => item.textContent);
  expect(shown).toEqual(
    ["line 8", "line 9", "removed: −line 10", "added: +another", "line 11", "line 12"].map((text) =>
      text.startsWith("line") ? ` ${text}` : text,
    ),
  );
});

test("one text twice is the same", () => {
  render(<TextDiff before={"a\n"} after={"a\n"} />);
  expect(screen.getByText("The text is the same.")).toBeDefined();
});
