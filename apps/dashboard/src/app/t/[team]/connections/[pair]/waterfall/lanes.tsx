import { STAGE_WORDS } from "@/components/words/trace-words.ts";
import type { Names } from "./event-words.ts";
import type { Bar, Event, Layout, Mark, Packet, Side } from "./lay-out.ts";

type Props = {
  readonly layout: Layout;
  readonly names: Names;
  /** Index of the event that is pointed at. */
  readonly cursor: number;
  readonly uncertaintyMs: Readonly<Record<Side, number | undefined>>;
};

/** Pixels from the top; across, everything is in percent, so that words keep their size at every width. */
const HEIGHT = 236;
const LANE: Record<Side, number> = { a: 62, b: 158 };
const BAR: Record<Side, number> = { a: 26, b: 180 };
const NAME: Record<Side, number> = { a: 16, b: 214 };
const BAR_HEIGHT = 14;
const LOST = 0.45;

const percent = (part: number) => `${(part * 100).toFixed(2)}%`;

/** The picture of a waterfall. Its words are the slider's around it and the table's beside it. */
export function Lanes({ layout, names, cursor, uncertaintyMs }: Props) {
  const { scale, marks, bars, packets } = layout;
  return (
    <svg width="100%" height={HEIGHT} aria-hidden="true" focusable="false" className="block overflow-hidden text-xs">
      {scale.ticks.map((ms) => (
        <Tick key={ms} ms={ms} x={scale.at(ms)} />
      ))}
      {(["a", "b"] as const).map((side) => (
        <Lane key={side} side={side} name={names[side]} off={uncertaintyMs[side]} scale={scale} />
      ))}
      {bars.map((bar) => (
        <StageBar key={`${bar.side} ${bar.stage} ${bar.from}`} bar={bar} />
      ))}
      {packets.map((packet) => (
        <PacketLine key={`${packet.from} ${packet.x} ${packet.arrivesAt} ${packet.fate}`} packet={packet} />
      ))}
      {marks.map((mark) => (
        <EventMark key={mark.index} mark={mark} isPointedAt={mark.index === cursor} />
      ))}
    </svg>
  );
}

function Tick({ ms, x }: { readonly ms: number; readonly x: number }) {
  return (
    <>
      <line
        x1={percent(x)}
        x2={percent(x)}
        y1={22}
        y2={HEIGHT - 34}
        stroke={ms === 0 ? "var(--border)" : "var(--hairline)"}
      />
      <text x={percent(x)} y={HEIGHT - 4} textAnchor="middle" className="fill-muted tabular-nums">
        {tickWords(ms)}
      </text>
    </>
  );
}

function tickWords(ms: number): string {
  if (ms === 0) return "start";
  const size = Math.abs(ms);
  return `${ms < 0 ? "−" : "+"}${size < 1_000 ? `${size} ms` : `${size / 1_000} s`}`;
}

type LaneProps = {
  readonly side: Side;
  readonly name: string;
  readonly off: number | undefined;
  readonly scale: Layout["scale"];
};

function Lane({ side, name, off, scale }: LaneProps) {
  return (
    <>
      {off !== undefined && (
        <rect
          x={percent(scale.at(-off))}
          width={percent(scale.at(off) - scale.at(-off))}
          y={LANE[side] - 12}
          height={24}
          className="fill-hover"
        />
      )}
      <line x1="0" x2="100%" y1={LANE[side]} y2={LANE[side]} stroke="var(--border)" />
      <text x="0" y={NAME[side]} className="fill-text">
        {side.toUpperCase()} {name}
      </text>
    </>
  );
}

function StageBar({ bar: { side, stage, from, to } }: { readonly bar: Bar }) {
  return (
    <>
      <rect
        x={percent(from)}
        width={percent(Math.max(0.004, to - from))}
        y={BAR[side]}
        height={BAR_HEIGHT}
        rx="2"
        className="fill-trying-wash stroke-trying"
        strokeWidth="0.75"
      />
      <text x={percent(from + 0.006)} y={BAR[side] + BAR_HEIGHT - 3.5} className="fill-text">
        {isStage(stage) ? STAGE_WORDS[stage] : stage}
      </text>
    </>
  );
}

const isStage = (stage: string): stage is keyof typeof STAGE_WORDS => stage in STAGE_WORDS;

const FATE = {
  arrived: { dash: undefined, colour: "var(--text)" },
  lost: { dash: "4 3", colour: "var(--failed)" },
  untold: { dash: "1 3", colour: "var(--muted)" },
} as const;

/** From one lane to the other, or as far as half way for what was lost. */
function PacketLine({ packet: { from, x, arrivesAt, fate } }: { readonly packet: Packet }) {
  const { dash, colour } = FATE[fate];
  const [start, end] = [LANE[from], LANE[from === "a" ? "b" : "a"]];
  const part = fate === "arrived" ? 1 : LOST;
  const [endX, endY] = [x + (arrivesAt - x) * part, start + (end - start) * part];
  return (
    <g stroke={colour} fill={fate === "arrived" ? colour : "none"}>
      <line x1={percent(x)} y1={start} x2={percent(endX)} y2={endY} strokeWidth="1.25" strokeDasharray={dash} />
      <circle cx={percent(endX)} cy={endY} r="3" fill={fate === "arrived" ? colour : "var(--surface)"} />
    </g>
  );
}

const SIGNAL: Partial<Record<Event["kind"], string>> = {
  "path-verified": "var(--direct)",
  "path-selected": "var(--direct)",
  "gave-up": "var(--failed)",
  "spray-denied": "var(--failed)",
};

function EventMark({ mark: { event, x }, isPointedAt }: { readonly mark: Mark; readonly isPointedAt: boolean }) {
  const y = LANE[event.side];
  const colour = SIGNAL[event.kind];
  return (
    <>
      {isPointedAt && (
        <circle cx={percent(x)} cy={y} r="8" fill="var(--accent-wash)" stroke="var(--accent)" strokeWidth="1.5" />
      )}
      {colour === undefined ? (
        <circle cx={percent(x)} cy={y} r="2.75" className="fill-text" />
      ) : (
        <circle cx={percent(x)} cy={y} r="5" fill={colour} />
      )}
    </>
  );
}
