import type { Result } from "@pinhole/protocol";

/** Why the server cannot start, in words for the operator: shown without a stack. */
export class StartProblem extends Error {}

export function must<T>(result: Result<T, string>): T {
  if (!result.ok) throw new StartProblem(result.error);
  return result.value;
}
