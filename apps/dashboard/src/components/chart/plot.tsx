"use client";

/**
 * uPlot in a component: four faint lines, gaps drawn as gaps, one crosshair for all plots of a page. It draws on canvas,
 * which knows no custom properties, so colours are read from the page and read again when the theme changes.
 */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axisSplits, type Base } from "./axis.ts";

export type PlotSeries = {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** A custom property of tokens.css. */
  readonly colour: `--${string}`;
  /** Told apart without colour. */
  readonly isDashed?: boolean;
};

type Props = {
  readonly at: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly format: (value: number) => string;
  readonly base?: Base;
};

const HEIGHT = 144;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const SYNC_KEY = "page";

export function Plot({ at, series, format, base = "decimal" }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ at, series, format, base });
  const shape = series.map(({ label, colour }) => `${label} ${colour}`).join();

  useEffect(() => {
    latest.current = { at, series, format, base };
    plot.current?.setData(dataOf({ at, series }));
  }, [at, series, format, base]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;

    function draw(target: HTMLDivElement) {
      plot.current?.destroy();
      plot.current = new uPlot(options(target, latest.current), dataOf(latest.current), target);
    }
    draw(element);

    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const redraw = () => draw(element);
    const systemTheme = matchMedia("(prefers-color-scheme: dark)");
    systemTheme.addEventListener("change", redraw);
    document.documentElement.addEventListener("themechange", redraw);
    return () => {
      resized.disconnect();
      systemTheme.removeEventListener("change", redraw);
      document.documentElement.removeEventListener("themechange", redraw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  // The header prints the last value and the table holds all of them: to a screen reader the drawing adds nothing.
  return <div ref={host} aria-hidden="true" className="h-36 w-full" />;
}

function dataOf({ at, series }: Pick<Props, "at" | "series">): uPlot.AlignedData {
  return [at.map((ms) => ms / 1_000), ...series.map(({ values }) => [...values])];
}

function options(host: HTMLElement, { series, format, base = "decimal" }: Props): uPlot.Options {
  const muted = colourOf(host, "--muted");
  const hairline = colourOf(host, "--hairline");
  const font = `11px ${getComputedStyle(host).fontFamily}`;
  return {
    width: host.clientWidth,
    height: HEIGHT,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC_KEY }, y: false, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, axisSplits(max, base)[3]] } },
    axes: [
      {
        stroke: muted,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 22,
        space: 64,
        values: (_, splits) => splits.map((at) => clock.format(at * 1_000)),
      },
      {
        stroke: muted,
        font,
        size: 64,
        ticks: { show: false },
        grid: { stroke: hairline, width: 1 },
        splits: (_, __, ___, top) => [0, 1, 2, 3].map((line) => (top * line) / 3),
        values: (_, splits) => splits.map(format),
      },
    ],
    series: [
      {},
      ...series.map(({ label, colour, isDashed }): uPlot.Series => {
        const stroke = colourOf(host, colour);
        return {
          label,
          stroke,
          width: 1.5,
          spanGaps: false,
          points: { show: (_, index) => index < 0, size: 3 },
          ...(isDashed === true && { dash: [4, 3] }),
        };
      }),
    ],
  };
}

/** The value that a custom property has here, with light-dark() resolved. */
function colourOf(host: HTMLElement, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
