import { insertTeam, insertUser, openTestDb } from "@pinhole/drizzle/testing";
import { overlaps, parsePrefix } from "@pinhole/protocol";
import { describe, expect, test } from "vitest";
import { ACTOR, NOW } from "../testing.ts";
import { createTeam } from "./create-team.ts";
import { drawIpv4Range, drawIpv6Range } from "./draw-ranges.ts";

describe("a team's address", () => {
  test.each([
    ["Acme", "acme"],
    ["  Ünïcode & Söhne, Ltd. ", "unicode-sohne-ltd"],
    ["公司", "team"],
    ["x".repeat(63), "x".repeat(48)],
    ["Taken", "taken-3"],
  ])("of %j is %s", (name, slug) => {
    const db = openTestDb();
    for (const taken of ["taken", "taken-2"]) insertTeam(db, { slug: taken });
    expect(createTeam(db, ACTOR, { name, ownerId: insertUser(db).id }, NOW).slug).toBe(slug);
  });
});

describe("the overlay range", () => {
  const range = (text: string) => {
    const parsed = parsePrefix(text);
    if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`);
    return parsed.value;
  };

  test("is any /20 of 100.64.0.0/10 that no other product serves from", () => {
    const drawn = new Set<string>();
    for (let draw = 0; draw < 1_022; draw++) drawn.add(drawIpv4Range(new Set(), () => draw));
    expect(drawn.size).toBe(1_022);
    for (const text of drawn) {
      expect(overlaps(range(text), range("100.64.0.0/10"))).toBe(true);
      expect(overlaps(range(text), range("100.100.100.0/24"))).toBe(false);
      expect(overlaps(range(text), range("100.115.92.0/23"))).toBe(false);
    }
  });

  test("is one that no other team has, as long as there are any", () => {
    const taken = new Set<string>();
    for (let team = 0; team < 1_022; team++) taken.add(drawIpv4Range(taken));
    expect(taken.size).toBe(1_022);
    expect(taken).toContain(drawIpv4Range(taken));
  });

  test("of IPv6 is a random unique local /48", () => {
    expect(range(drawIpv6Range())).toMatchObject({ length: 48, address: expect.stringMatching(/^fd/) });
    expect(drawIpv6Range()).not.toBe(drawIpv6Range());
  });
});
