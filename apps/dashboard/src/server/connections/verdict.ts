/** One sentence that says how a pair is connected and why, and what it rests on. What was measured and what is only likely are told apart. Pure. */
import type { PathType, ReasonCode } from "@pinhole/protocol/control";
import {
  causeWords,
  explainAttempt,
  factWords,
  type Names,
  type PairEvidence,
  remediesOf,
  remedyWords,
  type Verdict as Explained,
} from "@pinhole/protocol/explain";
import type { PairState } from "./pair-state.ts";

export type VerdictInput = {
  readonly names: Names;
  readonly isOnline: { readonly a: boolean; readonly b: boolean };
  readonly state: PairState;
  /** An attempt is running at this moment. */
  readonly isTrying: boolean;
  /** Of the last attempt that ended, and of what is known of both sides. */
  readonly evidence: PairEvidence;
};

export type Verdict = {
  readonly sentence: string;
  /** How sure the sentence is of its cause; null where it gives none. */
  readonly basis: "measured" | "likely" | "unknown" | null;
  readonly facts: readonly { readonly words: string; readonly measured: boolean }[];
  readonly remedies: readonly string[];
};

export function verdict(input: VerdictInput): Verdict {
  const { names, isOnline, state, isTrying } = input;
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
      return explain(`${a} reaches ${b} through ${carrier(state)}${milliseconds(state.rttMs)}`, input);
    case "none":
      return explain(`${a} does not reach ${b}`, input);
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

function carrier({ relay, viaDevice }: PairState): string {
  if (viaDevice !== null) return relay === null ? "another device" : `device ${relay}`;
  return relay === null ? "the relay" : `relay ${relay}`;
}

function explain(fact: string, { names, state, isTrying, evidence }: VerdictInput): Verdict {
  if (isTrying) return plain(`${fact} while a direct path is being tried.`);
  if (state.isOneSided) return plain(`${fact} in one direction; the other already has a better path.`);
  const { code, side, measured, facts, remedies } = causeOf(state, evidence);
  const rest = {
    facts: facts.map((one) => ({ words: factWords(one, names), measured: one.measured })),
    remedies: remedies.map((remedy) => remedyWords(remedy, names)),
  };
  if (code === null || code === "unknown")
    return { sentence: `${fact}. Why there is no direct path is not known.`, basis: "unknown", ...rest };
  const cause = causeWords(code, names, side);
  return measured
    ? { sentence: `${fact}: ${cause}.`, basis: "measured", ...rest }
    : { sentence: `${fact}, likely because ${cause}.`, basis: "likely", ...rest };
}

type Cause = Pick<Explained, "code" | "side" | "measured" | "facts" | "remedies">;

/** What keeps the pair from trying is true of this moment, whatever was tried before; and what a path lost no attempt shows. */
const STANDING: ReadonlySet<ReasonCode> = new Set([
  "forced_relay",
  "relay_unavailable",
  "signal_timeout",
  "mtu_blackhole",
]);

/** Both records say more than what one side reported; where they do not decide, its word is taken. */
function causeOf({ reason }: PairState, evidence: PairEvidence): Cause {
  const explained = explainAttempt(evidence);
  const isStanding = reason !== null && STANDING.has(reason.code);
  const isDecided = !isStanding && explained.code !== null && explained.code !== "unknown";
  if (isDecided || reason === null) return { ...explained, ...(isDecided ? {} : remediesOfUnknown(evidence)) };
  const { code, side, measured } = reason;
  return { code, side, measured, facts: [], remedies: remediesOf(code, side, evidence) };
}

const remediesOfUnknown = (evidence: PairEvidence): Pick<Cause, "remedies"> => ({
  remedies: remediesOf("unknown", null, evidence),
});

const plain = (sentence: string): Verdict => ({ sentence, basis: null, facts: [], remedies: [] });

/** To the precision that means something: `0.4 ms`, `12 ms`. */
function milliseconds(rttMs: number | null): string {
  if (rttMs === null) return "";
  return `, ${rttMs < 10 ? Math.round(rttMs * 10) / 10 : Math.round(rttMs)} ms`;
}
