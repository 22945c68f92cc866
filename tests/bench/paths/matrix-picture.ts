/** The matrix as a picture (SVG). Letters as well as colours, for those who do not tell them apart. */
import { type Cell, isDirect, TYPES } from "./matrix.ts";
import { LEGEND, letterOf } from "./matrix-text.ts";

const SIZE = 22;
const LEFT = 96;
const TOP = 96;
/** For the last of the slanted headings. */
const RIGHT = 44;

const COLOURS: Readonly<Record<string, string>> = {
  simultaneous: "#8fd3a8",
  predict: "#8fc1e8",
  cover: "#b9a7ea",
  birthday: "#f0cf7a",
};
const RELAYED = "#d9d9d9";

export function matrixPicture(cells: readonly Cell[], title: string): string {
  const width = LEFT + TYPES.length * SIZE + RIGHT;
  const height = TOP + TYPES.length * SIZE + 56;
  const labels = TYPES.flatMap((type, at) => [
    text({ x: LEFT - 6, y: TOP + at * SIZE + 15 }, type, 'text-anchor="end"'),
    text({ x: 0, y: 0 }, type, `transform="translate(${LEFT + at * SIZE + 15} ${TOP - 6}) rotate(-60)"`),
  ]);
  const squares = cells.flatMap((cell) => {
    const [x, y] = [LEFT + TYPES.indexOf(cell.b) * SIZE, TOP + TYPES.indexOf(cell.a) * SIZE];
    const colour = isDirect(cell) ? (COLOURS[cell.technique] ?? RELAYED) : RELAYED;
    return [
      `<rect x="${x}" y="${y}" width="${SIZE - 1}" height="${SIZE - 1}" fill="${colour}"><title>${cell.a} and ${cell.b}: ${cell.direct} of ${cell.seeds}</title></rect>`,
      text({ x: x + SIZE / 2, y: y + 15 }, letterOf(cell), 'text-anchor="middle"'),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="#1c1c1c">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text({ x: 8, y: 16 }, title, 'font-size="13" font-weight="bold"'),
    ...labels,
    ...squares,
    ...LEGEND.split("; ").map((line, at) => text({ x: 8, y: height - 36 + at * 15 }, line, "")),
    "</svg>",
    "",
  ].join("\n");
}

function text({ x, y }: { readonly x: number; readonly y: number }, words: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${words}</text>`;
}
