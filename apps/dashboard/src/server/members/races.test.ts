/** What two people must not both get, asked for at the same moment: by threads with connections of their own, on one file. */
import { capabilitiesOf } from "@pinhole/protocol/team";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Db, openDb } from "@pinhole/drizzle";
import { migrateDb } from "@pinhole/drizzle/migrate";
import { invite, membership, recoveryCode, type Team } from "@pinhole/drizzle/schema";
import { insertInvite, insertMembership, insertTeam, insertUser } from "@pinhole/drizzle/testing";
import { and, eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashInviteSecret, newInviteSecret } from "../invites/invite-secret.ts";
import { replaceRecoveryCodes } from "../second-factor/recovery-codes.ts";
import type { RaceData } from "./race-worker.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
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
    const { team, owners } = newTeam(THREADS);
    await race(owners.map((id) => ({ kind: "leave", actor: actorOf(team, id) })));
    expect(ownersOf(team)).toHaveLength(1);

    const { team: other, owners: rivals } = newTeam(2);
    const [a = "usr_", b = "usr_"] = rivals;
    const codes = await race([
      { kind: "demote", actor: actorOf(other, a), userId: b },
      { kind: "demote", actor: actorOf(other, b), userId: a },
    ]);
    expect(codes.toSorted((x, y) => x.localeCompare(y))).toEqual(["OK", "role-insufficient"]);
    expect(ownersOf(other)).toHaveLength(1);
  }
});

test("a team that is handed to several at once goes to one", { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { team, owners } = newTeam(1);
    const [owner = "usr_"] = owners;
    const heirs = Array.from({ length: THREADS }, () => insertUser(db).id);
    for (const userId of heirs) insertMembership(db, { teamId: team.id, userId, role: "member" });
    const codes = await race(heirs.map((userId) => ({ kind: "transfer", actor: actorOf(team, owner), userId })));
    expect(codes.filter((code) => code === "OK")).toHaveLength(1);
    expect(ownersOf(team)).toHaveLength(1);
    expect(ownersOf(team)).not.toContain(owner);
  }
});

/** All begin when the last is ready; the answers are in the order of the acts. */
async function race(acts: readonly RaceData["act"][]): Promise<string[]> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const begun = acts.map((act, index) => {
    const thread = threads[index];
    if (thread === undefined) throw new RangeError("more acts than threads");
    const [ready, done] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    thread.removeAllListeners();
    thread.on("message", (message: string) => (message === "ready" ? ready.resolve() : done.resolve(message)));
    thread.on("error", (error) => ready.reject(error));
    const data: RaceData = { gate, now: NOW, act };
    thread.postMessage(data);
    return { ready: ready.promise, done: done.promise };
  });
  await Promise.all(begun.map(({ ready }) => ready));
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  return Promise.all(begun.map(({ done }) => done));
}

function newTeam(count: number): { team: Team; owners: `usr_${string}`[] } {
  const team = insertTeam(db);
  const owners = Array.from({ length: count }, () => insertUser(db).id);
  for (const userId of owners) insertMembership(db, { teamId: team.id, userId, role: "owner" });
  return { team, owners };
}

function actorOf({ id: teamId }: Team, id: string) {
  return {
    kind: "user",
    id,
    name: "x",
    address: null,
    teamId,
    role: "owner",
    capabilities: capabilitiesOf("owner"),
    isSteppedUp: true,
  } as const;
}

function ownersOf({ id }: Team): string[] {
  const isOwner = and(eq(membership.teamId, id), eq(membership.role, "owner"));
  return db
    .select()
    .from(membership)
    .where(isOwner)
    .all()
    .map(({ userId }) => userId);
}
