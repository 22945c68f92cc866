import { expect, test } from "vitest";
import { measureAmplification } from "../bench/paths/amplification.ts";

// What is answered to a forged source is sent at somebody else: no input may be a lever.
test("no stranger gets back more bytes than it sends", () => {
  const { worst, inputs } = measureAmplification();
  expect(inputs.filter(({ received }) => received === 0)).toEqual([]);
  expect(inputs.filter(({ ratio }) => ratio > 1)).toEqual([]);
  expect(worst).toBeLessThanOrEqual(1);
  expect(worst).toBeGreaterThan(0);
  // Whoever holds no key of a peer's is not answered at all by an agent.
  const silent = inputs.filter(({ name }) => /^(agent|WireGuard: (that|bent|a stranger))/.test(name));
  expect(silent.map(({ sent }) => sent)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});
