/** The matrix for a terminal: a row and a column a type, a letter a pair. */
import { type Cell, isDirect, TYPES } from "./matrix.ts";

export const LETTERS: Readonly<Record<string, string>> = {
  simultaneous: "S",
  predict: "P",
  cover: "C",
  birthday: "B",
};

export const LEGEND =
  "S simultaneous sending, P ports observed and told, C covered, B many ports; lower case: in fewer than 95 % of the seeds; - in none";

export function letterOf(cell: Cell): string {
  if (cell.direct === 0) return "-";
  const letter = LETTERS[cell.technique] ?? "?";
  return isDirect(cell) ? letter : letter.toLowerCase();
}

export function matrixText(cells: readonly Cell[]): string {
  const byPair = new Map(cells.map((cell) => [`${cell.a} ${cell.b}`, cell]));
  const rows = TYPES.map((a, row) => {
    const letters = TYPES.map((b, column) => {
      const cell = column < row ? undefined : byPair.get(`${a} ${b}`);
      return cell === undefined ? " " : letterOf(cell);
    });
    return `${a}  ${letters.join(" ")}`;
  });
  return [...rows, "", LEGEND].join("\n");
}
