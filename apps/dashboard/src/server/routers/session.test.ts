import { membership, session } from "@pinhole/drizzle/schema";
import { insertSession } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
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

function signIn() {
  const server = newTestServer();
  const context = server.contextOf("member");
  return { server, caller: createCaller(context), sessionId: context.sessionId!, userId: context.signedIn()!.user.id };
}
