import { expect, test } from "vitest";
import { poisson } from "./poisson.ts";
import { SeededRandom } from "./seeded-random.ts";

test("a seed decides everything, another one decides otherwise", () => {
  const draw = (seed: number): number[] => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 20 }, () => random.int(0, 1_000_000));
  };
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test("a fork draws on its own: what it does not draw shifts nothing", () => {
  const [one, other] = [new SeededRandom(1), new SeededRandom(1)];
  const fork = one.fork();
  other.fork();
  for (let n = 0; n < 100; n++) fork.next();
  expect(one.next()).toBe(other.next());
});

test("integers are spread evenly over their range, both ends with it", () => {
  const random = new SeededRandom(1);
  const counts = new Map<number, number>();
  for (let n = 0; n < 6_000; n++) {
    const drawn = random.int(-2, 3);
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
  expect(Math.min(...counts.values())).toBeGreaterThan(850);
});

test.each([0.3, 7, 300])("a Poisson process with mean %d has that mean, and as much variance", (mean) => {
  const random = new SeededRandom(1);
  const drawn = Array.from({ length: 20_000 }, () => poisson(random, mean));
  const average = drawn.reduce((sum, count) => sum + count, 0) / drawn.length;
  const variance = drawn.reduce((sum, count) => sum + (count - average) ** 2, 0) / drawn.length;
  expect(average / mean).toBeCloseTo(1, 1);
  expect(variance / mean).toBeCloseTo(1, 1);
});
