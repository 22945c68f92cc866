import type { NatProfile } from "@pinhole/protocol/control";
import { type NatGrade, natWords } from "./words/nat-words.ts";
import type { State } from "./state-sign.tsx";
import { StateSign } from "./state-sign.tsx";

const SIGN: Record<NatGrade, State | undefined> = {
  open: undefined,
  easy: undefined,
  hard: undefined,
  blocked: "failed",
  unknown: "unknown",
};

/** Two words; only what needs attention has a sign. */
export function NatBadge({ profile }: { readonly profile: NatProfile | null }) {
  const { grade, badge, consequence } = natWords(profile);
  const sign = SIGN[grade];
  return (
    <span data-tip={consequence} className="inline-flex items-center gap-1.5 align-middle whitespace-nowrap">
      {sign !== undefined && <StateSign state={sign} />}
      {badge}
    </span>
  );
}
