"use client";

import { useClock } from "./clock.tsx";
import { formatDistance, formatDuration } from "./duration.ts";

type Props = {
  readonly at: Date;
  /** Off in tables, where a tab stop per cell would bury the links; the same time is on the detail page. */
  readonly focusable?: boolean;
};

/** "3 min ago"; the exact time, in the reader's own zone, when pointed at or focused. */
export function TimeAgo({ at, focusable = false }: Props) {
  const words = useClock((now) => formatDistance(at.getTime(), now));
  return (
    <Stamp at={at} focusable={focusable}>
      {words}
    </Stamp>
  );
}

/** "3 d 4 h": how long something has lasted. */
export function TimeSince({ at, focusable = false }: Props) {
  const words = useClock((now) => formatDuration(now - at.getTime()));
  return (
    <Stamp at={at} focusable={focusable}>
      {words}
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
