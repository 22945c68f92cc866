/** What a real try showed, and what that says of the policy. */
import type { ReachOutcome } from "@pinhole/protocol/control";

type Tried = { readonly outcome: ReachOutcome; readonly ms: number };
type About = {
  readonly from: { readonly name: string };
  readonly to: { readonly name: string };
  readonly port: number;
  /** What the policy says. */
  readonly allowed: boolean;
};

export type ReachWords = {
  readonly tone: "good" | "warning" | "problem";
  readonly title: string;
  readonly next: string;
};

export function reachWords({ outcome, ms }: Tried, { from, to, port, allowed }: About): ReachWords {
  switch (outcome) {
    case "connected":
      return {
        tone: allowed ? "good" : "problem",
        title: `${from.name} opened port ${port} of ${to.name} in ${Math.round(ms)} ms.`,
        next: allowed
          ? "The policy lets it through, and something answers."
          : "The policy asked here denies this. Look whether it is the one in force, and which one the device runs.",
      };
    case "refused":
      return {
        tone: allowed ? "warning" : "problem",
        title: `${to.name} answered that nothing listens on port ${port}.`,
        next: allowed
          ? "Packets come through both ways. Start the service there, or have it listen on the overlay address."
          : "Packets come through although the policy asked here denies them. Look which one the device runs.",
      };
    case "silent":
      return {
        tone: allowed ? "problem" : "good",
        title: `Nothing came back to ${from.name} within ${Math.round(ms / 1_000)} s.`,
        next: allowed
          ? "Allowed and not reached: look at the path, at which policy the device runs, and at its own firewall."
          : "So it is: what the policy denies is dropped without a word.",
      };
    case "unreachable":
      return {
        tone: allowed ? "problem" : "good",
        title: `${from.name} has no way to ${to.name}.`,
        next: allowed
          ? "Its system knows no route there. Look whether the agent's interface is up on it."
          : "Two devices that may not talk do not know of each other.",
      };
    default:
      return outcome satisfies never;
  }
}
