import { expect, test } from "vitest";
import { type Match, playAll } from "./tournament.ts";

const everyPair = (...players: readonly string[]): Match<string>[] =>
  players.flatMap((a, i) => players.slice(i + 1).map((b): Match<string> => [a, b]));

test("everybody meets everybody, nobody twice at once, and no more than the seats allow", async () => {
  const matches = everyPair("a", "b", "c", "d", "e", "f", "g");
  const playing: string[] = [];
  let most = 0;
  const results = playAll(matches, {
    seats: 2,
    play: async (match) => {
      for (const player of match) expect(playing).not.toContain(player);
      playing.push(...match);
      most = Math.max(most, playing.length / 2);
      await new Promise(setImmediate);
      for (const player of match) playing.splice(playing.indexOf(player), 1);
      return match.join("");
    },
  });
  expect(await Promise.all(results)).toEqual(matches.map((match) => match.join("")));
  expect(most).toBe(2);
});

test("a match that fails fails alone", async () => {
  const results = playAll(everyPair("a", "b", "c"), {
    seats: 1,
    play: ([a, b]) => (a === "a" && b === "b" ? Promise.reject(new Error("broken off")) : Promise.resolve(a + b)),
  });
  expect(await Promise.allSettled(results)).toEqual([
    { status: "rejected", reason: new Error("broken off") },
    { status: "fulfilled", value: "ac" },
    { status: "fulfilled", value: "bc" },
  ]);
});
