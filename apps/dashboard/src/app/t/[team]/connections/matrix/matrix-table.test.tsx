// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { MatrixTable } from "./matrix-table.tsx";

afterEach(cleanup);

const CELL = { expected: 0.98, technique: "simultaneous", direct: 0, pairs: 0, isSurprising: false } as const;
const HARD = { expected: 0.02, technique: "birthday", direct: 1, pairs: 1, isSurprising: true } as const;

test("each cell says what is expected, what was observed, and when they are at odds", () => {
  render(
    <MatrixTable
      matrix={{
        kinds: [
          { kind: "easy-port", devices: 2 },
          { kind: "drawing", devices: 1 },
        ],
        cells: [
          [CELL, { ...CELL, technique: "birthday", direct: 1, pairs: 2 }],
          [CELL, HARD],
        ],
      }}
    />,
  );
  const [, easy, drawing] = screen.getAllByRole("row");
  expect(texts(easy)).toEqual(["98 % expected", "98 % expectedMany ports at once1 of 2 direct"]);
  expect(texts(drawing)[1]).toBe("2 % expectedMany ports at once1 of 1 directNot as expected");
  expect(within(easy!).getByRole("rowheader").textContent).toContain("2 devices");
});

function texts(row: HTMLElement | undefined) {
  if (row === undefined) throw new Error("no such row");
  return within(row)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);
}
