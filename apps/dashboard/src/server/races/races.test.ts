/** What two people must not both get, asked for at the same moment: by threads with connections of their own, on one file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Db, openDb } from "@pinhole/drizzle";
import { migrateDb } from "@pinhole/drizzle/migrate";
import { device, enrollmentToken, invite, membership, policyVersion, recoveryCode } from "@pinhole/drizzle/schema";
import {
  insertDevice,
  insertInvite,
  insertMembership,
  insertPolicyVersion,
  insertTeam,
  insertUser,
} from "@pinhole/drizzle/testing";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { and, eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashInviteSecret, newInviteSecret } from "../invites/invite-secret.ts";
import { replaceRecoveryCodes } from "../second-factor/recovery-codes.ts";
import type { RaceAct } from "./race-act.ts";
import type { RaceData } from "./race-worker.ts";
import { actorOf, eventsOf, NOW, newMachine, newTeam, newToken, ownersOf, sorted } from "./testing.ts";

const THREADS = 4;
const ROUNDS = 25;

let folder: string;
let db: Db;
let threads: Worker[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-race-"));
  db = openDb(join(folder, "pinhole.db"));
  migrateDb(db);
  const worker = new URL("./race-worker.ts", import.meta.url);
  threads = Array.from({ length: THREADS }, () => new Worker(worker, { workerData: join(folder, "pinhole.db") }));
});
afterAll(async () => {
  await Promise.all(threads.map((thread) => thread.terminate()));
  db.$client.close();
  rmSync(folder, { recursive: true });
});

test("one link lets one person in, and one recovery code one sign-in", { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const team = insertTeam(db);
    const secret = newInviteSecret();
    insertInvite(db, { teamId: team.id, secretHash: hashInviteSecret(secret), expiresAt: new Date(NOW.getTime() + 1) });
    const people = Array.from({ length: THREADS }, () => insertUser(db));
    const joined = await race(people.map((person) => ({ kind: "accept", secret, person })));
    expect(joined.filter((code) => code === "OK")).toHaveLength(1);
    expect(db.select().from(membership).where(eq(membership.teamId, team.id)).all()).toHaveLength(1);

    const { id: userId } = insertUser(db);
    const [code = ""] = replaceRecoveryCodes(db, userId, NOW);
    const sealingKey = new Uint8Array(32);
    const spent = await race(people.map(() => ({ kind: "code", userId, code, sealingKey })));
    expect(spent.filter((each) => each === "OK")).toHaveLength(1);
    const used = and(eq(recoveryCode.userId, userId), isNotNull(recoveryCode.usedAt));
    expect(db.select().from(recoveryCode).where(used).all()).toHaveLength(1);
  }
  expect(db.select().from(invite).where(isNotNull(invite.acceptedAt)).all()).toHaveLength(ROUNDS);
});

test("owners who leave, or demote each other, leave one", { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team, owners } = newTeam(db, THREADS);
    await race(owners.map((id) => ({ kind: "leave", actor: actorOf(team, id) })));
    expect(ownersOf(db, team)).toHaveLength(1);

    const { team: other, owners: rivals } = newTeam(db, 2);
    const [a = "usr_", b = "usr_"] = rivals;
    const codes = await race([
      { kind: "demote", actor: actorOf(other, a), userId: b },
      { kind: "demote", actor: actorOf(other, b), userId: a },
    ]);
    expect(codes.toSorted((x, y) => x.localeCompare(y))).toEqual(["OK", "role-insufficient"]);
    expect(ownersOf(db, other)).toHaveLength(1);
  }
});

test("a team that is handed to several at once goes to one", { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team, owners } = newTeam(db, 1);
    const [owner = "usr_"] = owners;
    const heirs = Array.from({ length: THREADS }, () => insertUser(db).id);
    for (const userId of heirs) insertMembership(db, { teamId: team.id, userId, role: "member" });
    const codes = await race(heirs.map((userId) => ({ kind: "transfer", actor: actorOf(team, owner), userId })));
    expect(codes.filter((code) => code === "OK")).toHaveLength(1);
    expect(ownersOf(db, team)).toHaveLength(1);
    expect(ownersOf(db, team)).not.toContain(owner);
  }
});

test.each([1, 2, 3])(
  "a token for %i lets so many in, under names and addresses of their own",
  { timeout: 120_000 },
  async (uses) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { team, owners } = newTeam(db, 1);
      const token = newToken(db, team, { owner: owners[0] ?? "usr_", uses });
      const codes = await race(Array.from({ length: THREADS }, () => ({ kind: "enroll", input: newMachine(token) })));
      const refused = Array.from({ length: THREADS - uses }, () => "token-used-up");
      expect(sorted(codes)).toEqual(sorted([...Array.from({ length: uses }, () => "OK"), ...refused]));

      const rows = db.select().from(device).where(eq(device.teamId, team.id)).all();
      expect(rows).toHaveLength(uses);
      for (const field of ["name", "ipv4", "ipv6"] as const)
        expect(new Set(rows.map((row) => row[field])).size).toBe(uses);
      const used = db.select().from(enrollmentToken).where(eq(enrollmentToken.teamId, team.id)).get();
      expect(used?.uses).toBe(uses);
      expect(eventsOf(db, team, "device.enroll")).toHaveLength(uses);
    }
  },
);

test("one machine that asks many times at once is one device and one use", { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team, owners } = newTeam(db, 1);
    const input = newMachine(newToken(db, team, { owner: owners[0] ?? "usr_", uses: 9 }));
    const codes = await race(Array.from({ length: THREADS }, () => ({ kind: "enroll", input })));
    expect(new Set(codes)).toEqual(new Set(["OK"]));
    expect(db.select().from(device).where(eq(device.teamId, team.id)).all()).toHaveLength(1);
    expect(db.select().from(enrollmentToken).where(eq(enrollmentToken.teamId, team.id)).get()?.uses).toBe(1);
  }
});

test("a device is let in once, revoked once, and not let in after that; a name goes to one", {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team, owners } = newTeam(db, 1);
    const actor = actorOf(team, owners[0] ?? "usr_");
    const { id: deviceId } = insertDevice(db, { teamId: team.id, awaitsApproval: true });
    const approve = { kind: "approve", actor, deviceId } as const;
    const revoke = { kind: "revoke", actor, deviceId } as const;
    const codes = await race([approve, approve, revoke, revoke]);
    expect(sorted(codes.slice(2))).toEqual(sorted(["OK", "device-already-revoked"]));
    for (const code of codes.slice(0, 2)) expect(["OK", "device-not-found"]).toContain(code);
    expect(db.select().from(device).where(eq(device.id, deviceId)).get()?.revokedAt).toEqual(NOW);
    const [approved, revoked] = [eventsOf(db, team, "device.approve"), eventsOf(db, team, "device.revoke")];
    expect(revoked).toHaveLength(1);
    expect(approved).toHaveLength(codes.slice(0, 2).includes("OK") ? 1 : 0);

    const rivals = Array.from({ length: THREADS }, () => insertDevice(db, { teamId: team.id }).id);
    const named = await race(rivals.map((id) => ({ kind: "rename", actor, deviceId: id, name: "nas" })));
    expect(sorted(named)).toEqual(sorted(["OK", ...Array.from({ length: THREADS - 1 }, () => "device-name-taken")]));
  }
});

test("of policies saved on one version one is, and one that is tried is kept or taken back", {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team, owners } = newTeam(db, THREADS);
    insertPolicyVersion(db, { teamId: team.id, document: DEFAULT_POLICY });
    const input = { document: DEFAULT_POLICY, base: 1, message: "", confirmation: "", confirmWithinMinutes: 5 };
    const saved = await race(owners.map((id) => ({ kind: "save", actor: actorOf(team, id), input })));
    expect(sorted(saved)).toEqual(sorted(["OK", ...Array.from({ length: THREADS - 1 }, () => "policy-changed")]));

    const settled = await race(
      owners.map((id, n) => ({ kind: n % 2 === 0 ? "confirm" : "revert", actor: actorOf(team, id), version: 2 })),
    );
    expect(settled.filter((code) => code === "OK")).toHaveLength(1);
    const isKept = settled.indexOf("OK") % 2 === 0;
    const versions = db.select().from(policyVersion).where(eq(policyVersion.teamId, team.id)).all();
    expect(versions.map(({ version }) => version)).toEqual(isKept ? [1, 2] : [1, 2, 3]);
    expect(versions.at(-1)?.confirmBy).toBeNull();
  }
});

test("two admins who take each other's role are not both without it", { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team } = newTeam(db, 1);
    const [a, b] = [insertUser(db).id, insertUser(db).id];
    for (const userId of [a, b]) insertMembership(db, { teamId: team.id, userId, role: "admin" });
    const codes = await race([
      { kind: "demote", actor: actorOf(team, a), userId: b },
      { kind: "demote", actor: actorOf(team, b), userId: a },
    ]);
    expect(sorted(codes)).toEqual(sorted(["OK", "role-insufficient"]));
    expect(eventsOf(db, team, "member.change-role")).toHaveLength(1);
  }
});

/** All begin when the last is ready; the answers are in the order of the acts. */
async function race(acts: readonly RaceAct[]): Promise<string[]> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const begun = acts.map((act, index) => {
    const thread = threads[index];
    if (thread === undefined) throw new RangeError("more acts than threads");
    const [ready, done] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    thread.removeAllListeners();
    thread.on("message", (message: string) => (message === "ready" ? ready.resolve() : done.resolve(message)));
    thread.on("error", (error) => {
      ready.reject(error);
      done.reject(error);
    });
    const data: RaceData = { gate, now: NOW, act };
    thread.postMessage(data);
    return { ready: ready.promise, done: done.promise };
  });
  await Promise.all(begun.map(({ ready }) => ready));
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  return Promise.all(begun.map(({ done }) => done));
}
