/** One sentence that says how a pair is connected and why. What was measured and what is only likely are told apart. Pure. */
import type { PathType } from "@pinhole/protocol/control";
import type { PairState } from "./pair-state.ts";
import { type Names, wordsFor } from "./reason-words.ts";

export type VerdictInput = {
  readonly names: Names;
  readonly isOnline: { readonly a: boolean; readonly b: boolean };
  readonly state: PairState;
  /** An attempt is running at this moment. */
  readonly isTrying: boolean;
};

export type Verdict = {
  readonly sentence: string;
  /** How sure the sentence is of its cause; null where it gives none. */
  readonly basis: "measured" | "likely" | "unknown" | null;
  readonly advice: string | null;
};

export function verdict({ names, isOnline, state, isTrying }: VerdictInput): Verdict {
  const { a, b } = names;
  switch (state.kind) {
    case "offline":
      return plain(
        !isOnline.a && !isOnline.b ? `${a} and ${b} are both offline.` : `${isOnline.a ? b : a} is offline.`,
      );
    case "unknown":
      return plain(
        isTrying
          ? `${a} and ${b} are trying to reach each other.`
          : `${a} and ${b} have not tried to reach each other yet.`,
      );
    case "direct":
      return plain(`${a} reaches ${b} directly${BY_TYPE[state.type ?? "punched"]}${milliseconds(state.rttMs)}.`);
    case "relay":
      return explain(
        `${a} reaches ${b} through ${state.relay === null ? "the relay" : `relay ${state.relay}`}${milliseconds(state.rttMs)}`,
        names,
        state,
        isTrying,
      );
    case "none":
      return explain(`${a} does not reach ${b}`, names, state, isTrying);
    default:
      return state.kind satisfies never;
  }
}

const BY_TYPE: Record<PathType, string> = {
  lan: " on the same network",
  ipv6: " over IPv6",
  punched: "",
  mapped: " through a port that a router opened",
};

function explain(fact: string, names: Names, { reason, isOneSided }: PairState, isTrying: boolean): Verdict {
  if (isTrying) return plain(`${fact} while a direct path is being tried.`);
  if (isOneSided)
    return { sentence: `${fact} in one direction; the other already has a better path.`, basis: null, advice: null };
  if (reason === null || reason.code === "unknown") {
    return {
      sentence: `${fact}. Why there is no direct path is not known.`,
      basis: "unknown",
      advice: wordsFor("unknown").advice,
    };
  }
  const { because, advice } = wordsFor(reason.code);
  const cause = because(names, reason);
  return reason.measured
    ? { sentence: `${fact}: ${cause}.`, basis: "measured", advice }
    : { sentence: `${fact}, likely because ${cause}.`, basis: "likely", advice };
}

const plain = (sentence: string): Verdict => ({ sentence, basis: null, advice: null });

/** To the precision that means something: `0.4 ms`, `12 ms`. */
function milliseconds(rttMs: number | null): string {
  if (rttMs === null) return "";
  return `, ${rttMs < 10 ? Math.round(rttMs * 10) / 10 : Math.round(rttMs)} ms`;
}
