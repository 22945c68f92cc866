import { auditEvent, membership, type Role, session, user } from "@pinhole/drizzle/schema";
import { insertMembership, insertSession, insertUser } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { hashPassword } from "../auth/password.ts";
import { isSteppedUp, STEP_UP_MS } from "../auth/step-up.ts";
import { NOW, newTestServer } from "../testing.ts";
import { createCaller } from "./index.ts";

describe("session.me", () => {
  test("names the user's teams and no others", async () => {
    const server = newTestServer();
    const me = await server.as("admin").session.me();
    expect(me.memberships).toEqual([
      { role: "admin", team: { id: server.team.id, slug: "ours", name: server.team.name } },
    ]);
  });
});

describe("a session", () => {
  test("ends with the next request after it is revoked", async () => {
    const { caller, sessionId } = signIn();
    await caller.session.revoke({ sessionId });
    await expect(caller.session.me()).rejects.toMatchObject({ code: "UNAUTHORIZED", message: "signed-out" });
  });

  test("ends when its time is over", async () => {
    const { caller, server } = signIn();
    server.clock.now = new Date(NOW.getTime() + 86_400_000);
    await expect(caller.session.me()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("reaches a team no longer than its user is a member", async () => {
    const { caller, server, userId } = signIn();
    await caller.device.list({ team: "ours" });
    server.db.delete(membership).where(eq(membership.userId, userId)).run();
    await expect(caller.device.list({ team: "ours" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("keeps when it was last used, once a minute", async () => {
    const { caller, server, sessionId } = signIn();
    const seen = () => server.db.select().from(session).where(eq(session.id, sessionId)).get()?.lastSeenAt;
    server.clock.now = new Date(NOW.getTime() + 59_999);
    await caller.session.me();
    expect(seen()).toEqual(NOW);
    server.clock.now = new Date(NOW.getTime() + 60_000);
    await caller.session.me();
    expect(seen()).toEqual(server.clock.now);
  });
});

describe("session.revoke", () => {
  test("does not touch somebody else's session", async () => {
    const { caller, server } = signIn();
    const theirs = server.contextOf("owner").sessionId!;
    await expect(caller.session.revoke({ sessionId: theirs })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(server.db.select().from(session).where(eq(session.id, theirs)).get()?.revokedAt).toBeNull();
  });
});

describe("session.revokeOthers", () => {
  test("ends all of the user's own but this one, and says so in the log", async () => {
    const { caller, server, sessionId, userId } = signIn();
    const theirs = server.contextOf("owner").sessionId!;
    const open = { userId, lastSeenAt: NOW, expiresAt: new Date(NOW.getTime() + 1) };
    const others = [insertSession(server.db, open), insertSession(server.db, open)];
    expect(await caller.session.revokeOthers()).toEqual({ ended: 2 });
    expect((await caller.session.list()).map(({ id }) => id)).toEqual([sessionId]);
    expect(server.db.select().from(session).where(eq(session.id, theirs)).get()?.revokedAt).toBeNull();
    const logged = server.db.select().from(auditEvent).where(eq(auditEvent.action, "session.revoke")).all();
    expect(logged.map(({ objectId }) => objectId).toSorted()).toEqual(others.map(({ id }) => id).toSorted());
  });
});

describe("session.verify", () => {
  const password = "correct horse battery";

  test("makes what asks for it possible for ten minutes, in this session alone", async () => {
    const { caller, server, userId } = signIn("owner");
    server.db
      .update(user)
      .set({ passwordHash: await hashPassword(password) })
      .where(eq(user.id, userId))
      .run();
    const target = insertUser(server.db);
    insertMembership(server.db, { teamId: server.team.id, userId: target.id, role: "member" });
    const promote = () => caller.member.changeRole({ team: "ours", userId: target.id, role: "owner" });

    server.clock.now = new Date(NOW.getTime() + STEP_UP_MS);
    await expect(promote()).rejects.toMatchObject({ code: "FORBIDDEN", message: "step-up-needed" });
    await expect(caller.session.verify({ password: "wrong" })).rejects.toMatchObject({ message: "password-wrong" });
    await expect(promote()).rejects.toMatchObject({ message: "step-up-needed" });

    const { until } = await caller.session.verify({ password });
    server.clock.now = new Date(until.getTime() - 1);
    await promote();
    server.clock.now = until;
    await expect(caller.member.remove({ team: "ours", userId: target.id })).rejects.toMatchObject({
      message: "step-up-needed",
    });
  });

  test("is throttled together with the sign-in form", async () => {
    const { caller } = signIn();
    const refusals = [];
    for (let guess = 0; guess < 9; guess++)
      refusals.push(await caller.session.verify({ password: `guess ${guess}` }).catch((error: Error) => error.message));
    expect(refusals.slice(0, 8)).toEqual(Array(8).fill("password-wrong"));
    expect(refusals[8]).toBe("too-many-tries");
  });

  // Otherwise setting the clock back would keep an old proof good for as long.
  test("counts no proof from the future", () => {
    expect(isSteppedUp(new Date(NOW.getTime() + 3_600_000), NOW)).toBe(false);
  });
});

describe("session.list", () => {
  test("shows the user's own that still stand, and which one this is", async () => {
    const { caller, server, sessionId, userId } = signIn();
    server.contextOf("owner");
    const open = { userId, lastSeenAt: NOW, expiresAt: new Date(NOW.getTime() + 1) };
    insertSession(server.db, { ...open, revokedAt: NOW });
    insertSession(server.db, { ...open, expiresAt: NOW });
    const other = insertSession(server.db, open);
    const sessions = await caller.session.list();
    expect(new Map(sessions.map(({ id, isCurrent }) => [id, isCurrent]))).toEqual(
      new Map([
        [sessionId, true],
        [other.id, false],
      ]),
    );
  });
});

function signIn(role: Role = "member") {
  const server = newTestServer();
  const context = server.contextOf(role);
  return { server, caller: createCaller(context), sessionId: context.sessionId!, userId: context.signedIn()!.user.id };
}
