/** The tests of a policy, run: which of them it does not keep, and where they stand. Pure. */
import { askPair } from "./ask-pair.ts";
import { type Evaluator, newEvaluator } from "./evaluator.ts";
import { type Holder, holdersOf, partiesOf } from "./holders.ts";
import type { Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { parseTarget, type PolicyTest } from "./policy-test.ts";

export type TestFailure = { readonly path: readonly PropertyKey[]; readonly message: string };

export function runTests(policy: Policy, devices: readonly PolicyDevice[], at: number): TestFailure[] {
  if (policy.tests.length === 0) return [];
  const evaluator = newEvaluator(policy);
  const classes = new Map<string, readonly Holder[]>();
  const meant = (text: string): readonly Holder[] => {
    const known = classes.get(text) ?? representatives(evaluator, holdersOf(policy, devices, text));
    classes.set(text, known);
    return known;
  };
  return policy.tests.flatMap((test, index) =>
    (["accept", "deny"] as const).flatMap((side) =>
      test[side].flatMap((text, place): TestFailure[] => {
        const problem = problemOf(evaluator, test, { side, text, meant, at });
        return problem === undefined ? [] : [{ path: ["tests", index, side, place], message: problem }];
      }),
    ),
  );
}

type Case = {
  readonly side: "accept" | "deny";
  readonly text: string;
  readonly meant: (text: string) => readonly Holder[];
  readonly at: number;
};

function problemOf(evaluator: Evaluator, test: PolicyTest, { side, text, meant, at }: Case): string | undefined {
  const target = parseTarget(text, test.proto);
  if (target === undefined) return undefined;
  const [sources, destinations] = [meant(test.src), meant(target.name)];
  for (const from of sources) {
    for (const to of destinations) {
      if (from.id !== null && from.id === to.id) continue;
      const answer = askPair(evaluator, { from, to }, { proto: test.proto, port: target.port, at });
      if (answer.allowed && side === "deny")
        return `${test.src} can reach ${text} over ${test.proto}, by grant ${answer.grant + 1}, and must not`;
      if (!answer.allowed && side === "accept") return `${test.src} cannot reach ${text} over ${test.proto}, and must`;
    }
  }
  return undefined;
}

/**
 * Of devices that the grants treat alike, two: one more than a question needs, for no device is asked about itself. A
 * thousand devices are a handful of kinds.
 */
function representatives(evaluator: Evaluator, holders: readonly Holder[]): readonly Holder[] {
  const kinds = new Map<string, Holder[]>();
  for (const holder of holders) {
    const key = JSON.stringify(partiesOf(holder).map((party) => evaluator.mentions(party)));
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, [holder]);
    else if (kind.length < 2) kind.push(holder);
  }
  return [...kinds.values()].flat();
}
