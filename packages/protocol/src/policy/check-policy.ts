/** A document looked through: its fault if it has one, else what is likely not meant and which of its tests fail. */
import { err, ok, type Result } from "../result.ts";
import type { TextFault } from "./jsonc.ts";
import { type LintCode, type LintInputs, lintPolicy } from "./lint-policy.ts";
import { type PolicyError, readPolicy } from "./parse-policy.ts";
import type { Policy } from "./policy.ts";
import { runTests } from "./run-tests.ts";

export type PolicyWarning = TextFault & { readonly code: LintCode };

export type CheckedPolicy = {
  readonly policy: Policy;
  readonly warnings: readonly PolicyWarning[];
  /** Refuses the save. */
  readonly failures: readonly TextFault[];
};

export function checkPolicy(text: string, inputs: LintInputs): Result<CheckedPolicy, PolicyError> {
  const read = readPolicy(text);
  if (!read.ok) return err(read.error);
  const { policy, noteAt } = read.value;
  const warnings = lintPolicy(policy, inputs).map(({ code, path, message }) => ({ code, ...noteAt(path, message) }));
  return ok({
    policy,
    warnings: warnings.toSorted((a, b) => a.offset - b.offset),
    failures: runTests(policy, inputs.devices, inputs.at).map(({ path, message }) => noteAt(path, message)),
  });
}
