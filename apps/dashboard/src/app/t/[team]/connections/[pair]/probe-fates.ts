/** What came of the probes that one side's candidates got from the other in an attempt. Pure. */
import type { ProbeFate } from "@/components/candidate-table.tsx";
import type { AttemptDetail } from "@/trpc/outputs.ts";

/** By endpoint of `side`'s candidates; what is not in it was not tried. */
export function probeFates({ events }: Pick<AttemptDetail, "events">, side: "a" | "b"): ReadonlyMap<string, ProbeFate> {
  const fates = new Map<string, ProbeFate>();
  for (const { side: by, kind, endpoint, isSeen, rttMs } of events) {
    if (by === side || endpoint === undefined) continue;
    const known = fates.get(endpoint);
    const fate = fateOf(kind, isSeen);
    if (fate === undefined || rank(fate) < rank(known?.fate)) continue;
    const measured = rttMs ?? known?.rttMs;
    fates.set(endpoint, { fate, ...(measured !== undefined && { rttMs: measured }) });
  }
  return fates;
}

const ORDER = ["sent", "arrived", "answered", "chosen"] as const;

const rank = (fate: ProbeFate["fate"] | undefined) => (fate === undefined ? -1 : ORDER.indexOf(fate));

function fateOf(
  kind: AttemptDetail["events"][number]["kind"],
  isSeen: boolean | undefined,
): ProbeFate["fate"] | undefined {
  switch (kind) {
    case "probe-sent":
      return isSeen === true ? "arrived" : "sent";
    case "pong-received":
    case "path-verified":
      return "answered";
    case "path-selected":
      return "chosen";
    default:
      return undefined;
  }
}
