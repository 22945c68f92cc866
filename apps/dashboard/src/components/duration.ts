/** Spans of time and rates in words that a person reads at a glance: `40 s`, `3 min`, `5 h 12 min`, `3 d 4 h`. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatDuration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return join(Math.floor(span / HOUR), "h", Math.floor((span % HOUR) / MINUTE), "min");
  if (span < 30 * DAY) return join(Math.floor(span / DAY), "d", Math.floor((span % DAY) / HOUR), "h");
  return `${Math.floor(span / DAY)} d`;
}

/** "just now", "3 min ago", "in 2 h". One unit is enough for a distance. */
export function formatDistance(at: number, now: number): string {
  const span = Math.abs(at - now);
  if (span < 5 * SECOND) return "just now";
  const text = coarse(span);
  return at > now ? `in ${text}` : `${text} ago`;
}

function coarse(span: number): string {
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

function join(whole: number, wholeUnit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole} ${wholeUnit}` : `${whole} ${wholeUnit} ${rest} ${restUnit}`;
}
