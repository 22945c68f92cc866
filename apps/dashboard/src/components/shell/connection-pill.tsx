"use client";

import { StateSign, type State } from "../state-sign.tsx";
import { type LiveState, useLive } from "./live.tsx";

const LOOK: Record<LiveState, { readonly state: State; readonly word: string; readonly tip: string }> = {
  live: { state: "direct", word: "Live", tip: "Changes appear by themselves. Press to pause." },
  connecting: { state: "trying", word: "Connecting", tip: "Opening the live connection." },
  reconnecting: {
    state: "trying",
    word: "Reconnecting",
    tip: "The server does not answer. What you see may be out of date; trying again.",
  },
  paused: { state: "offline", word: "Paused", tip: "What you see stays as it is. Press to go on." },
};

export function ConnectionPill() {
  const { state, isPaused, setPaused } = useLive();
  const { state: sign, word, tip } = LOOK[state];
  return (
    <button
      type="button"
      aria-pressed={isPaused}
      aria-label={`Live updates: ${word}`}
      data-tip={tip}
      onClick={() => setPaused(!isPaused)}
      className="inline-flex min-h-7 items-center gap-1.5 rounded-full border border-hairline px-2.5 text-sm text-muted hover:bg-hover hover:text-text"
    >
      <StateSign state={sign} className="size-2.5!" />
      <span className="max-sm:sr-only">{word}</span>
    </button>
  );
}
