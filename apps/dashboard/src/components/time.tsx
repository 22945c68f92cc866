"use client";

import { useNow } from "./clock.tsx";
import { formatDistance, formatDuration } from "./duration.ts";

const MINUTE_MS = 60_000;

type Props = {
  readonly at: Date;
  /** Off in tables, where a tab stop per cell would bury the links; the same time is on the detail page. */
  readonly focusable?: boolean;
};

/** "3 min ago"; the exact time, in the reader's own zone, when pointed at or focused. */
export function TimeAgo({ at, focusable = false }: Props) {
  const now = useNow(Math.abs(Date.now() - at.getTime()) < 2 * MINUTE_MS ? 1_000 : MINUTE_MS);
  return (
    <Stamp at={at} focusable={focusable}>
      {formatDistance(at.getTime(), now)}
    </Stamp>
  );
}

/** "3 d 4 h": how long something has lasted. */
export function TimeSince({ at, focusable = false }: Props) {
  const now = useNow(Math.abs(Date.now() - at.getTime()) < 2 * MINUTE_MS ? 1_000 : MINUTE_MS);
  return (
    <Stamp at={at} focusable={focusable}>
      {formatDuration(now - at.getTime())}
    </Stamp>
  );
}

function Stamp({ at, focusable = false, children }: Props & { readonly children: string }) {
  const iso = at.toISOString();
  return (
    // The tip layer turns data-tip-time into the reader's local time; the server does not know their zone.
    <time
      dateTime={iso}
      data-tip-time={iso}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the absolute time must be reachable by keyboard
      tabIndex={focusable ? 0 : undefined}
      className="whitespace-nowrap tabular-nums"
      suppressHydrationWarning
    >
      {children}
    </time>
  );
}
