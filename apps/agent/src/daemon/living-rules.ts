/** The rules that still let something in, and when that changes: a grant ends at its moment, with or without a dashboard. */
import type { FilterRule } from "@pinhole/protocol/policy";

export type LivingRules = {
  readonly rules: readonly FilterRule[] /** Null: none of them ends. */;
  readonly endsInMs: number | null;
};

export function livingRules(rules: readonly FilterRule[], serverNow: number): LivingRules {
  const living = rules.filter(({ until }) => until === undefined || until > serverNow);
  const ends = living.flatMap(({ until }) => until ?? []);
  return { rules: living, endsInMs: ends.length === 0 ? null : Math.ceil(Math.min(...ends) - serverNow) };
}
