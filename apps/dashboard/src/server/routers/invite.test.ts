import { auditEvent, invite, membership, user } from "@pinhole/drizzle/schema";
import { countRows } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { newTestServer, type TestServer } from "../testing.ts";

const team = "ours";
const PERSON = { email: "new@example.test", name: "Newcomer", password: "correct horse battery" };

describe("an invite", () => {
  test("is shown as a link once, and kept as a hash", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    const [row] = server.db.select().from(invite).all();
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(JSON.stringify(server.db.select().from(auditEvent).all())).not.toContain(secret);
    expect(await server.as("auditor").invite.list({ team })).toEqual([
      expect.objectContaining({ status: "pending", role: "operator", email: null }),
    ]);
  });

  test("says whose it is to who opens it, and changes nothing by that", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    for (let time = 0; time < 3; time++) {
      expect(await server.as("nobody").invite.view({ secret })).toMatchObject({
        team: { slug: "ours" },
        role: "operator",
        email: null,
      });
    }
    expect(await server.as("owner").invite.list({ team })).toEqual([expect.objectContaining({ status: "pending" })]);
  });

  test("makes who is signed in a member with its role, once", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    const guest = server.as("stranger");
    expect(await guest.invite.accept({ secret })).toMatchObject({ team: { slug: "ours" }, role: "operator" });
    await guest.token.list({ team });
    await expect(server.as("stranger").invite.accept({ secret })).rejects.toMatchObject({
      message: "invite-not-found",
    });
    expect(await server.as("owner").invite.list({ team })).toEqual([expect.objectContaining({ status: "accepted" })]);
  });

  test("of twenty-five who take one link at the same moment, one joins", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    const before = countRows(server.db, membership);
    const guests = Array.from({ length: 25 }, () => server.as("stranger"));
    const answers = await Promise.allSettled(guests.map((guest) => guest.invite.accept({ secret })));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    // The guests' own memberships of their team, and the one that was won.
    expect(countRows(server.db, membership)).toBe(before + 25 + 1);
  });

  test("makes an account for who has none, and neither stands without the other", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    await server.as("nobody").invite.register({ secret, ...PERSON });
    const made = server.db.select().from(user).where(eq(user.email, PERSON.email)).get();
    expect(made?.passwordHash).toMatch(/^\$argon2id\$/);
    const people = countRows(server.db, user);
    await expect(
      server.as("nobody").invite.register({ secret, ...PERSON, email: "second@example.test" }),
    ).rejects.toMatchObject({ message: "invite-not-found" });
    expect(server.db.select().from(user).where(eq(user.email, "second@example.test")).get()).toBeUndefined();
    expect(countRows(server.db, user)).toBe(people + 1); // the nobody that the caller was made for
  });

  test("an address that has an account is told to sign in, and the link stays good", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    const taken = server.db.select().from(user).get()?.email ?? "";
    await expect(server.as("nobody").invite.register({ secret, ...PERSON, email: taken })).rejects.toMatchObject({
      message: "email-taken",
    });
    await server.as("stranger").invite.accept({ secret });
  });

  test("for an address is accepted with that address alone", async () => {
    const server = newTestServer();
    const { secret } = await invited(server, { email: " New@Example.test " });
    await expect(server.as("stranger").invite.accept({ secret })).rejects.toMatchObject({
      message: "invite-for-another",
    });
    await expect(
      server.as("nobody").invite.register({ secret, ...PERSON, email: "other@example.test" }),
    ).rejects.toMatchObject({ message: "invite-for-another" });
    await server.as("nobody").invite.register({ secret, ...PERSON });
  });

  test.each(["run out", "revoked", "renewed"] as const)(
    "that has been %s looks like one that never was",
    async (how) => {
      const server = newTestServer();
      const { secret, id } = await invited(server);
      const owner = server.as("owner");
      if (how === "revoked") await owner.invite.revoke({ team, inviteId: id });
      if (how === "renewed") await owner.invite.renew({ team, inviteId: id });
      if (how === "run out") server.clock.now = new Date(server.clock.now.getTime() + 8 * 86_400_000);
      const never = await refusal(server, "x".repeat(43));
      expect(await refusal(server, secret)).toEqual(never);
    },
  );

  test("is renewed with a new link that lasts as long as the first did", async () => {
    const server = newTestServer();
    const { id, expiresAt } = await invited(server);
    server.clock.now = new Date(server.clock.now.getTime() + 3_600_000);
    const renewed = await server.as("owner").invite.renew({ team, inviteId: id });
    expect(renewed.expiresAt.getTime() - expiresAt.getTime()).toBe(3_600_000);
    await server.as("stranger").invite.accept({ secret: secretOf(renewed.url) });
    await expect(server.as("owner").invite.renew({ team, inviteId: id })).rejects.toMatchObject({
      message: "invite-over",
    });
  });

  test("who is in the team already does not use it up", async () => {
    const server = newTestServer();
    const { secret } = await invited(server);
    await expect(server.as("member").invite.accept({ secret })).rejects.toMatchObject({ message: "member-already" });
    await server.as("stranger").invite.accept({ secret });
  });

  test("an admin invites nobody as owner, and touches no invite for one", async () => {
    const server = newTestServer();
    const { id } = await invited(server, { role: "owner" });
    const admin = server.as("admin");
    await expect(admin.invite.create({ team, role: "owner" })).rejects.toMatchObject({ message: "role-insufficient" });
    for (const change of [admin.invite.renew, admin.invite.revoke])
      await expect(change({ team, inviteId: id })).rejects.toMatchObject({ message: "role-insufficient" });
  });

  test("guessing links is slowed down", async () => {
    const server = newTestServer();
    const guesser = server.as("nobody");
    let refused: unknown;
    for (let guess = 0; guess < 40; guess++)
      refused = await guesser.invite.view({ secret: "y".repeat(43) }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: "too-many-tries" });
  });
});

async function invited(server: TestServer, fields: { role?: "owner" | "operator"; email?: string } = {}) {
  const { id, url, expiresAt } = await server.as("owner").invite.create({ team, role: "operator", ...fields });
  return { id, expiresAt, secret: secretOf(url) };
}

const secretOf = (url: string) => url.slice("http://pinhole.test/invite/".length);

async function refusal(server: TestServer, secret: string) {
  try {
    return await server.as("nobody").invite.view({ secret });
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}
