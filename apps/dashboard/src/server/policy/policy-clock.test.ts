import { policyVersion, revision } from "@pinhole/drizzle/schema";
import { countRows, insertPolicyVersion, insertTeam, openTestDb, planOf } from "@pinhole/drizzle/testing";
import { expect, test } from "vitest";
import { Bus, type BusEvent } from "../bus.ts";
import { livePolicies, PolicyClock } from "./policy-clock.ts";

const SAVED = new Date("2026-01-02T03:00:00Z");
const ENDS = new Date("2026-01-02T03:10:00Z");
const grant = (expires: Date) => ({ src: ["*"], dst: ["*"], ip: ["tcp:22"], expires: expires.toISOString() });
const document = (...ends: Date[]) => JSON.stringify({ grants: ends.map(grant) });

test("a grant that ends is told to agents once, at its moment", () => {
  const { clock, at, events, teamId, db } = newClock(document(ENDS));
  expect(at(SAVED)).toBe(600_000);
  expect(events).toEqual([]);
  expect(at(ENDS)).toBeNull();
  expect(events).toEqual([{ teamId, kind: "revision", revision: 1 }]);
  expect(clock.tick()).toBeNull();
  expect(countRows(db, revision)).toBe(1);
});

// An agent that resumes from its revision would otherwise keep peers that only an ended grant had shown it.
test("one that ended while the server was away is told when it is back", () => {
  const { at, events } = newClock(document(ENDS, new Date("2026-01-02T05:00:00Z")));
  expect(at(new Date("2026-01-02T04:00:00Z"))).toBe(3_600_000);
  expect(events).toHaveLength(1);
});

test("what had ended before the version was saved is no news, and only the version in force counts", () => {
  const { at, events, db, teamId } = newClock(document(ENDS));
  insertPolicyVersion(db, { teamId, version: 2, document: document(SAVED), createdAt: SAVED });
  expect(at(ENDS)).toBeNull();
  expect(events).toEqual([]);
});

test("no team's policy is another's", () => {
  const { at, events, db } = newClock("{}");
  const other = insertTeam(db);
  insertPolicyVersion(db, { teamId: other.id, document: document(ENDS), createdAt: SAVED });
  at(ENDS);
  expect(events).toEqual([{ teamId: other.id, kind: "revision", revision: 1 }]);
  expect(db.select().from(policyVersion).all()).toMatchObject([{ expiredUntil: null }, { expiredUntil: ENDS }]);
});

// It is asked twice a second, and the table holds every document that ever was.
test("finds the versions in force without reading the others", () => {
  const db = openTestDb();
  for (const step of planOf(db, livePolicies(db))) expect(step).not.toMatch(/SCAN policy_version/);
});

function newClock(text: string) {
  const db = openTestDb();
  const { id: teamId } = insertTeam(db);
  insertPolicyVersion(db, { teamId, document: text, createdAt: SAVED });
  const events: BusEvent[] = [];
  const bus = new Bus();
  bus.subscribe((event) => events.push(event));
  let now = SAVED;
  const clock = new PolicyClock({ db, bus, now: () => now });
  const at = (moment: Date) => {
    now = moment;
    return clock.tick();
  };
  return { clock, at, events, teamId, db };
}
