/** What became of a delivery, and what to do about it. */
import type { State } from "@/components/state-sign.tsx";
import type { DeliverySummary } from "@/trpc/outputs.ts";

type Outcome = Pick<DeliverySummary, "status" | "attempts" | "problem">;

export function deliveryState({ status, attempts }: Outcome): { readonly state: State; readonly word: string } {
  if (status === "delivered") return { state: "direct", word: "Delivered" };
  if (status === "failed") return { state: "failed", word: "Given up" };
  return { state: "trying", word: attempts === 0 ? "Waiting" : "Trying again" };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  "private-address": "The address is in a private network. An owner can allow that when creating a webhook.",
  "bad-status": "It answered with another status than 2xx.",
  "bad-certificate": "Its certificate is not valid for this name.",
  "name-not-found": "The name has no address.",
  "secret-lost": "The server has lost its sealing key. Create the webhook anew.",
  "no-connection": "The connection broke or could not be made.",
  refused: "Nothing listens at that address and port.",
  timeout: "It did not answer within 10 s.",
};

export function problemWords(problem: string | null): string | null {
  return problem === null ? null : (PROBLEMS[problem] ?? problem);
}

export const TOPIC_WORDS = {
  device: "Devices: enrolled, approved, renamed, revoked, restored, expired",
  path: "Paths: a device reaches a peer another way",
  policy: "Policies: saved, confirmed, taken back",
} as const;
