import { expect, test } from "vitest";
import { CHALLENGE_MS, Challenges } from "./challenges.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const after = (ms: number) => new Date(NOW.getTime() + ms);

test("a challenge is good once, for whom and what it was made", () => {
  const challenges = new Challenges();
  const made = challenges.issue("add", "one", NOW);
  expect(Buffer.from(made, "base64url")).toHaveLength(32);
  expect(challenges.take("add", "other", NOW)).toBeUndefined();
  expect(challenges.take("verify", "one", NOW)).toBeUndefined();
  expect(challenges.take("add", "one", NOW)).toBe(made);
  expect(challenges.take("add", "one", NOW)).toBeUndefined();
});

test("a challenge is good for five minutes", () => {
  const challenges = new Challenges();
  const early = challenges.issue("sign-in", "one", NOW);
  expect(challenges.take("sign-in", "one", after(CHALLENGE_MS - 1))).toBe(early);
  challenges.issue("sign-in", "one", NOW);
  expect(challenges.take("sign-in", "one", after(CHALLENGE_MS))).toBeUndefined();
});

test("whoever asks again gets another, and the one before is worth nothing", () => {
  const challenges = new Challenges();
  const [first, second] = [challenges.issue("add", "one", NOW), challenges.issue("add", "one", NOW)];
  expect(second).not.toBe(first);
  expect(challenges.take("add", "one", NOW)).toBe(second);
});

test("strangers without number push out each other, and nobody who is signed in", () => {
  const challenges = new Challenges();
  const kept = challenges.issue("verify", "somebody", NOW);
  challenges.issue("sign-in", "the first", NOW);
  for (let n = 0; n < 10_000; n++) challenges.issue("sign-in", `stranger ${n}`, NOW);
  expect(challenges.take("sign-in", "the first", NOW)).toBeUndefined();
  expect(challenges.take("sign-in", "stranger 9999", NOW)).toBeDefined();
  expect(challenges.take("verify", "somebody", NOW)).toBe(kept);
});
