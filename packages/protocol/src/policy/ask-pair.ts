/** A question about two devices, in whichever family of addresses the policy lets them talk. */
import { addressFamily } from "../address.ts";
import type { Evaluator, PolicyAnswer } from "./evaluator.ts";
import { type Holder, partiesOf } from "./holders.ts";
import { type Proto, protocolOf } from "./policy-test.ts";

export type Flow = { readonly proto: Proto; readonly port: number; readonly at: number };

export function askPair(
  evaluator: Evaluator,
  { from, to }: { readonly from: Holder; readonly to: Holder },
  { proto, port, at }: Flow,
): PolicyAnswer {
  let denied: PolicyAnswer | undefined;
  for (const src of partiesOf(from)) {
    for (const dst of partiesOf(to)) {
      const family = addressFamily(dst.address ?? src.address ?? "");
      const answer = evaluator.ask({ src, dst, protocol: protocolOf(proto, family), dstPort: port, at });
      if (answer.allowed) return answer;
      // What is said of a denial is said of the pair that came closest to be let in.
      if (denied === undefined || isCloser(answer, denied)) denied = answer;
    }
  }
  return denied ?? { allowed: false, failed: [] };
}

/** Of whatever services: which grants join the two, in any family. */
export function joiningGrants(
  evaluator: Evaluator,
  { from, to }: { readonly from: Holder; readonly to: Holder },
  at: number,
): readonly number[] {
  const found = partiesOf(from).flatMap((src) => partiesOf(to).flatMap((dst) => evaluator.joining({ src, dst, at })));
  return [...new Set(found)].toSorted((a, b) => a - b);
}

function isCloser(a: PolicyAnswer, b: PolicyAnswer): boolean {
  const mixed = (answer: PolicyAnswer) => !answer.allowed && answer.failed.some((clause) => clause === "family");
  return mixed(b) && !mixed(a);
}
