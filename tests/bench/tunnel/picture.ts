/** Ratios as a picture (SVG): a bar for each, a line where its bound is, and both figures in words. */
import { median } from "../figure.ts";
import { isMet, type Ratio, ratioOf } from "./ratio.ts";

const ROW = 46;
const LEFT = 16;
const TOP = 40;
const BAR_WIDTH = 560;
const BAR_HEIGHT = 14;
const WIDTH = 2 * LEFT + BAR_WIDTH + 300;
const MET = "#8fd3a8";
const MISSED = "#f0cf7a";
const WITHOUT_BOUND = "#d9d9d9";

export function ratioPicture(ratios: readonly Ratio[], title: string): string {
  const most = Math.max(...ratios.map((ratio) => Math.max(ratioOf(ratio), boundOf(ratio) ?? 0)));
  const rows = ratios.flatMap((ratio, row) => drawRow(ratio, TOP + row * ROW, (value) => (value / most) * BAR_WIDTH));
  const height = TOP + ratios.length * ROW + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11" fill="#1c1c1c">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(LEFT, 20, title, 'font-size="13" font-weight="bold"'),
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function drawRow(ratio: Ratio, top: number, scale: (value: number) => number): string[] {
  const { name, unit, runs } = ratio;
  const value = ratioOf(ratio);
  const bound = boundOf(ratio);
  const [ours, theirs] = [median(runs.map((run) => run.ours)), median(runs.map((run) => run.theirs))];
  const colour = bound === undefined ? WITHOUT_BOUND : isMet(ratio) ? MET : MISSED;
  const words = `${short(value)}${wanted(ratio)} (${short(ours)} : ${short(theirs)} ${unit})`;
  const barTop = top + 16;
  const line = bound === undefined ? [] : [mark(LEFT + scale(bound), barTop)];
  return [
    text(LEFT, top + 10, name, ""),
    `<rect x="${LEFT}" y="${barTop}" width="${scale(value).toFixed(1)}" height="${BAR_HEIGHT}" fill="${colour}"/>`,
    ...line,
    text(LEFT + Math.max(scale(value), scale(bound ?? 0)) + 8, barTop + 11, words, ""),
  ];
}

function mark(x: number, y: number): string {
  return `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${y - 3}" y2="${y + BAR_HEIGHT + 3}" stroke="#1c1c1c" stroke-width="1.5"/>`;
}

function boundOf({ bound }: Ratio): number | undefined {
  if (bound === undefined) return undefined;
  return "atLeast" in bound ? bound.atLeast : bound.atMost;
}

function wanted({ bound }: Ratio): string {
  if (bound === undefined) return "";
  return "atLeast" in bound ? `, wanted ≥ ${bound.atLeast}` : `, wanted ≤ ${bound.atMost}`;
}

function short(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${words}</text>`;
}
