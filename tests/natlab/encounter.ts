/** What two agents came to, as far as a lab and a simulator can be asked to agree. */
import type { AttemptTrace } from "@pinhole/protocol/control";
import type { Strategy } from "@pinhole/protocol/punch";

export type Attempt = {
  readonly isDirect: boolean;
  /** The plan's, in order. */
  readonly stages: string;
  /** That each side sent, those that are only to open its own NAT included. */
  readonly probes: readonly [number, number];
};

export type Encounter = {
  readonly path: "direct" | "relay";
  /** Of all attempts, in order. The first may be planned before both sides' measurements have arrived. */
  readonly plans: readonly string[];
  /** The attempt that led to a direct path, or else the last. */
  readonly decisive: Attempt;
};

export function newAttempt({ stages }: Strategy, traces: readonly [AttemptTrace, AttemptTrace]): Attempt {
  return {
    isDirect: traces.some(({ outcome }) => outcome === "direct"),
    stages: stages.map(({ kind }) => kind).join(", "),
    probes: [probesIn(traces[0]), probesIn(traces[1])],
  };
}

/** Of attempts in order, those that both sides have told of; undefined while there is none. */
export function newEncounter(attempts: readonly Attempt[], path?: Encounter["path"]): Encounter | undefined {
  const decisive = attempts.find(({ isDirect }) => isDirect) ?? attempts.at(-1);
  if (decisive === undefined) return undefined;
  const plans = attempts.map(({ stages }) => stages);
  return { path: path ?? (decisive.isDirect ? "direct" : "relay"), plans, decisive };
}

function probesIn({ events }: AttemptTrace): number {
  const sent = events.filter(({ kind }) => kind === "probe-sent" || kind === "spray-sent");
  return sent.reduce((sum, { repeated = 0 }) => sum + 1 + repeated, 0);
}
