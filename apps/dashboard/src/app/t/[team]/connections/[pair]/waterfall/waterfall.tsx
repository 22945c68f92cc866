"use client";

import { useMemo, useState } from "react";
import { eventWords, type Names } from "./event-words.ts";
import { closest, type Event, layOut, step } from "./lay-out.ts";
import { Lanes } from "./lanes.tsx";

type Props = {
  readonly events: readonly Event[];
  readonly names: Names;
  /** How far each side's times may be off; undefined where a side has not reported. */
  readonly uncertaintyMs: Readonly<Record<"a" | "b", number | undefined>>;
};

/**
 * Both sides' events on two lanes, and what crossed between them. One cursor runs over the events: by the pointer, and by the
 * arrow keys, left and right in time, up and down between the lanes. What it is on stands in words below.
 */
export function Waterfall({ events, names, uncertaintyMs }: Props) {
  const layout = useMemo(() => layOut(events), [events]);
  const [cursor, setCursor] = useState(0);
  const at = Math.min(cursor, events.length - 1);
  const event = events[at];
  if (event === undefined) return null;
  const words = eventWords(event, names);

  function onKeyDown(key: React.KeyboardEvent) {
    const next = step(layout.marks, at, key.key);
    if (next === undefined) return;
    key.preventDefault();
    setCursor(next);
  }

  function onPointerMove(pointer: React.PointerEvent<HTMLElement>) {
    const { left, top, width, height } = pointer.currentTarget.getBoundingClientRect();
    const side = pointer.clientY - top < height / 2 ? "a" : "b";
    const onLane = layout.marks.filter((mark) => mark.event.side === side);
    const mark = closest(onLane.length === 0 ? layout.marks : onLane, (pointer.clientX - left) / width);
    if (mark !== undefined) setCursor(mark.index);
  }

  return (
    <div className="pb-4">
      <div onPointerMove={onPointerMove}>
        <Lanes layout={layout} names={names} cursor={at} uncertaintyMs={uncertaintyMs} />
      </div>
      <input
        type="range"
        aria-label="Events of the attempt in time"
        aria-valuetext={words}
        min={0}
        max={events.length - 1}
        value={at}
        onChange={(change) => setCursor(change.target.valueAsNumber)}
        onKeyDown={onKeyDown}
        className="mt-2 block h-6 w-full accent-accent"
      />
      <p className="mt-2 min-h-10 text-sm">{words}</p>
      <Legend />
    </div>
  );
}

function Legend() {
  return (
    <ul aria-label="Legend" className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
      <li className="inline-flex items-center gap-1.5">
        <Sample dash={undefined} isHollow={false} />
        Arrived
      </li>
      <li className="inline-flex items-center gap-1.5">
        <Sample dash="4 3" isHollow />
        Sent, not seen by the other side
      </li>
      <li className="inline-flex items-center gap-1.5">
        <Sample dash="1 3" isHollow={false} />
        No record tells
      </li>
      <li className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className="h-3 w-4 bg-hover" />
        How far the clocks may be off
      </li>
    </ul>
  );
}

function Sample({ dash, isHollow }: { readonly dash: string | undefined; readonly isHollow: boolean }) {
  return (
    <svg
      viewBox="0 0 22 8"
      aria-hidden="true"
      focusable="false"
      className="h-2 w-5.5"
      stroke="currentColor"
      fill="none"
    >
      <path d="M0 4h15" strokeWidth="1.5" strokeDasharray={dash} />
      <circle cx="18" cy="4" r="2.5" fill={isHollow ? "none" : "currentColor"} />
    </svg>
  );
}
