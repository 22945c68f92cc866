/**
 * Two people ask for what only one may get, in every order that a database lets them: the second acts as a whole between
 * any two statements of the first. Where the first holds the database, the second waits, as it would in a process of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Db, openDb } from "@pinhole/drizzle";
import { migrateDb } from "@pinhole/drizzle/migrate";
import { device, enrollmentToken, membership, policyVersion, recoveryCode } from "@pinhole/drizzle/schema";
import {
  insertDevice,
  insertInvite,
  insertMembership,
  insertPolicyVersion,
  insertUser,
} from "@pinhole/drizzle/testing";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { and, eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashInviteSecret, newInviteSecret } from "../invites/invite-secret.ts";
import { replaceRecoveryCodes } from "../second-factor/recovery-codes.ts";
import { outcomeOf, type RaceAct } from "./race-act.ts";
import { actorOf, eventsOf, NOW, newMachine, newTeam, newToken, ownersOf, sorted } from "./testing.ts";

let folder: string;
let first: Db;
let second: Db;
/** Before each statement of the first. */
let onStatement: () => void = () => undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-interleaved-"));
  const file = join(folder, "pinhole.db");
  first = openDb(file, { verbose: () => onStatement() });
  second = openDb(file);
  // Both are of one thread: who waited here would wait for itself.
  second.$client.pragma("busy_timeout = 0");
  migrateDb(first);
});
afterAll(() => {
  for (const db of [first, second]) db.$client.close();
  rmSync(folder, { recursive: true });
});

test("one link lets one person in", () => {
  const places = interleave(() => {
    const { team } = newTeam(first, 1);
    const secret = newInviteSecret();
    insertInvite(first, {
      teamId: team.id,
      secretHash: hashInviteSecret(secret),
      expiresAt: new Date(NOW.getTime() + 1),
    });
    const accept = (): RaceAct => ({ kind: "accept", secret, person: insertUser(first) });
    return {
      acts: [accept(), accept()],
      check: (codes) => {
        expect(codes.filter((code) => code === "OK")).toHaveLength(1);
        expect(first.select().from(membership).where(eq(membership.teamId, team.id)).all()).toHaveLength(2);
      },
    };
  });
  expect(places).toBeGreaterThan(2);
});

test("one recovery code is one sign-in", () => {
  interleave(() => {
    const { id: userId } = insertUser(first);
    const [code = ""] = replaceRecoveryCodes(first, userId, NOW);
    const spend: RaceAct = { kind: "code", userId, code, sealingKey: new Uint8Array(32) };
    return {
      acts: [spend, spend],
      check: (codes) => {
        expect(sorted(codes)).toEqual(["code-wrong", "OK"]);
        const used = and(eq(recoveryCode.userId, userId), isNotNull(recoveryCode.usedAt));
        expect(first.select().from(recoveryCode).where(used).all()).toHaveLength(1);
      },
    };
  });
});

test.each([1, 2])("a token for %i lets so many of two in, under names and addresses of their own", (uses) => {
  interleave(() => {
    const { team, owners } = newTeam(first, 1);
    const token = newToken(first, team, { owner: owners[0]!, uses });
    const enroll = (): RaceAct => ({ kind: "enroll", input: newMachine(token) });
    return {
      acts: [enroll(), enroll()],
      check: (codes) => {
        expect(sorted(codes)).toEqual(uses === 1 ? ["OK", "token-used-up"] : ["OK", "OK"]);
        const rows = first.select().from(device).where(eq(device.teamId, team.id)).all();
        for (const field of ["name", "ipv4", "ipv6"] as const)
          expect(new Set(rows.map((row) => row[field])).size).toBe(uses);
        const row = first.select().from(enrollmentToken).where(eq(enrollmentToken.teamId, team.id)).get();
        expect(row?.uses).toBe(uses);
      },
    };
  });
});

test("owners who leave, demote each other or hand the team over leave one", () => {
  for (const kinds of [
    ["leave", "leave"],
    ["demote", "demote"],
    ["leave", "demote"],
    ["transfer", "demote"],
  ] as const)
    interleave(() => {
      const { team, owners } = newTeam(first, 2);
      const [a, b] = owners as [`usr_${string}`, `usr_${string}`];
      const act = (kind: (typeof kinds)[number], [by, other]: [typeof a, typeof b]): RaceAct =>
        kind === "leave" ? { kind, actor: actorOf(team, by) } : { kind, actor: actorOf(team, by), userId: other };
      return {
        acts: [act(kinds[0], [a, b]), act(kinds[1], [b, a])],
        check: (codes) => {
          expect(codes).toContain("OK");
          expect(ownersOf(first, team)).toHaveLength(1);
        },
      };
    });
});

test("a team that is handed to two goes to one", () => {
  interleave(() => {
    const { team, owners } = newTeam(first, 1);
    const heirs = [insertUser(first).id, insertUser(first).id];
    for (const userId of heirs) insertMembership(first, { teamId: team.id, userId, role: "member" });
    const hand = (userId = ""): RaceAct => ({ kind: "transfer", actor: actorOf(team, owners[0]!), userId });
    return {
      acts: [hand(heirs[0]), hand(heirs[1])],
      check: (codes) => {
        expect(codes.filter((code) => code === "OK")).toHaveLength(1);
        expect(ownersOf(first, team)).toHaveLength(1);
      },
    };
  });
});

test("a device is let in once, and never after it was revoked; a name goes to one", () => {
  for (const kinds of [
    ["approve", "approve"],
    ["approve", "revoke"],
    ["revoke", "approve"],
    ["revoke", "revoke"],
  ] as const)
    interleave(() => {
      const { team, owners } = newTeam(first, 1);
      const { id: deviceId } = insertDevice(first, { teamId: team.id, awaitsApproval: true });
      const act = (kind: "approve" | "revoke"): RaceAct => ({ kind, actor: actorOf(team, owners[0]!), deviceId });
      return {
        acts: [act(kinds[0]), act(kinds[1])],
        check: () => {
          const isRevoked = first.select().from(device).where(eq(device.id, deviceId)).get()?.revokedAt !== null;
          expect(isRevoked).toBe((kinds as readonly string[]).includes("revoke"));
          for (const kind of kinds) expect(eventsOf(first, team, `device.${kind}`).length).toBeLessThanOrEqual(1);
        },
      };
    });
  interleave(() => {
    const { team, owners } = newTeam(first, 1);
    const rename = (): RaceAct => {
      const { id: deviceId } = insertDevice(first, { teamId: team.id });
      return { kind: "rename", actor: actorOf(team, owners[0]!), deviceId, name: "nas" };
    };
    return {
      acts: [rename(), rename()],
      check: (codes) => expect(sorted(codes)).toEqual(["device-name-taken", "OK"]),
    };
  });
});

test("of two policies saved on one version one is, and one that is tried is kept or taken back", () => {
  const input = { document: DEFAULT_POLICY, base: 1, message: "", confirmation: "", confirmWithinMinutes: 5 };
  interleave(() => {
    const { team, owners } = newTeam(first, 2);
    insertPolicyVersion(first, { teamId: team.id, document: DEFAULT_POLICY });
    const save = (at: number): RaceAct => ({ kind: "save", actor: actorOf(team, owners[at]!), input });
    return {
      acts: [save(0), save(1)],
      check: (codes) => expect(sorted(codes)).toEqual(["OK", "policy-changed"]),
    };
  });
  for (const kinds of [
    ["confirm", "revert"],
    ["revert", "confirm"],
    ["revert", "revert"],
  ] as const)
    interleave(() => {
      const { team, owners } = newTeam(first, 1);
      const actor = actorOf(team, owners[0]!);
      insertPolicyVersion(first, { teamId: team.id, document: DEFAULT_POLICY });
      expect(outcomeOf(first, { kind: "save", actor, input }, NOW)).toBe("OK");
      return {
        acts: [
          { kind: kinds[0], actor, version: 2 },
          { kind: kinds[1], actor, version: 2 },
        ],
        check: (codes) => {
          expect(codes.filter((code) => code === "OK")).toHaveLength(1);
          const isKept = kinds[codes.indexOf("OK")] === "confirm";
          const versions = first.select().from(policyVersion).where(eq(policyVersion.teamId, team.id)).all();
          expect(versions.map(({ version }) => version)).toEqual(isKept ? [1, 2] : [1, 2, 3]);
        },
      };
    });
});

type Race = {
  readonly acts: readonly [RaceAct, RaceAct];
  /** What must hold whoever was first: the answers are in the order of the acts. */
  readonly check: (codes: readonly [string, string]) => void;
};

/** Plays the race anew for each place that the second can come in at. @returns How many places there were. */
function interleave(begin: () => Race): number {
  for (let place = 0; ; place++) {
    const { acts, check } = begin();
    let statements = 0;
    let answer: string | undefined;
    onStatement = () => {
      if (statements++ === place) answer = outcomeUnlessBusy(acts[1]);
    };
    const ofFirst = outcomeOf(first, acts[0], NOW);
    onStatement = () => undefined;
    check([ofFirst, answer ?? outcomeOf(second, acts[1], NOW)]);
    if (statements <= place) return place;
  }
}

/** @returns undefined where the first has the database to itself. */
function outcomeUnlessBusy(act: RaceAct): string | undefined {
  try {
    return outcomeOf(second, act, NOW);
  } catch (error) {
    if ((error as { code?: unknown }).code === "SQLITE_BUSY") return undefined;
    throw error;
  }
}
