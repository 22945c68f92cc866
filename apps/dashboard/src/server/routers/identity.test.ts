import { auditEvent, oidcIdentity, signInLink, user } from "@pinhole/drizzle/schema";
import { countRows, insertIdentity, insertPasskey, insertUser } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { hashPassword } from "../auth/password.ts";
import { makeSignInLink } from "../auth/sign-in-link.ts";
import { newTestServer } from "../testing.ts";
import { createCaller } from "./index.ts";

const oidc = {
  issuer: "https://id.example/",
  clientId: "pinhole",
  clientSecret: "s3cret",
  name: "Harbour",
  trustedDomains: [],
};
const passwordHash = await hashPassword("correct horse battery staple");

describe("sign-in methods", () => {
  test("are one's own, and nobody learns more of the provider than its name", async () => {
    const { caller, userId, server } = newPerson();
    insertIdentity(server.db, { userId, email: "ana@example.test" });
    insertIdentity(server.db, { userId, issuer: "https://former.example/" });
    const listed = await caller.identity.list();
    expect(listed).toMatchObject({
      provider: "Harbour",
      hasPassword: true,
      identities: [
        { email: "ana@example.test", isUsable: true },
        { email: null, isUsable: false },
      ],
    });
    expect(JSON.stringify(listed)).not.toContain("s3cret");
    expect((await server.as("member").identity.list()).identities).toEqual([]);
    expect(await server.as("nobody").signIn.ways()).toMatchObject({ provider: "Harbour" });
  });

  test("are none without a provider", async () => {
    const server = newTestServer();
    expect(await server.as("nobody").signIn.ways()).toMatchObject({ provider: null });
    await expect(server.as("owner").identity.connect({ page: "/t/ours/settings" })).rejects.toThrow("provider-off");
  });

  test("are connected and disconnected with a recent proof alone", async () => {
    const { caller, userId, server } = newPerson();
    const { id: identityId } = insertIdentity(server.db, { userId });
    await expect(caller.identity.connect({ page: "/t/ours/settings" })).resolves.toMatchObject({});
    server.clock.now = new Date(server.clock.now.getTime() + 600_000);
    await expect(caller.identity.connect({ page: "/t/ours/settings" })).rejects.toThrow("step-up-needed");
    await expect(caller.identity.disconnect({ identityId })).rejects.toThrow("step-up-needed");
    expect(countRows(server.db, oidcIdentity)).toBe(1);
  });

  test.each(["https://evil.example/t/a/settings", "//evil.example", "/t/ours/settings?x", "/t/../settings", "/login"])(
    "are not connected on the way to %s",
    async (page) => {
      await expect(newPerson().caller.identity.connect({ page })).rejects.toThrow();
    },
  );

  test("end with the sign-ins that are under way, and in the log", async () => {
    const { caller, userId, server } = newPerson();
    const { id: identityId } = insertIdentity(server.db, { userId, email: "ana@example.test" });
    makeSignInLink(server.db, { userId, by: "provider" }, server.clock.now);
    await caller.identity.disconnect({ identityId });
    expect([countRows(server.db, oidcIdentity), countRows(server.db, signInLink)]).toEqual([0, 0]);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "identity.disconnect", teamId: null, before: { issuer: oidc.issuer, email: "ana@example.test" } },
    ]);
    await expect(caller.identity.disconnect({ identityId })).rejects.toThrow("identity-not-found");
  });

  test("of others are not found", async () => {
    const { server, userId } = newPerson();
    const { id: identityId } = insertIdentity(server.db, { userId });
    await expect(server.as("owner").identity.disconnect({ identityId })).rejects.toThrow("identity-not-found");
  });

  test("keep one that lets in: what another provider said, or one that is not set up any more, does not", async () => {
    const { caller, userId, server } = newPerson();
    server.db.update(user).set({ passwordHash: "none" }).where(eq(user.id, userId)).run();
    const [first, second] = [0, 1].map(() => insertIdentity(server.db, { userId }).id);
    insertIdentity(server.db, { userId, issuer: "https://former.example/" });
    await caller.identity.disconnect({ identityId: first ?? "" });
    await expect(caller.identity.disconnect({ identityId: second ?? "" })).rejects.toThrow("last-way-in");
    expect(countRows(server.db, oidcIdentity)).toBe(2);
  });

  test("keep none where a passkey lets in, one's own", async () => {
    const { caller, userId, server } = newPerson();
    server.db.update(user).set({ passwordHash: "none" }).where(eq(user.id, userId)).run();
    const { id: identityId } = insertIdentity(server.db, { userId });
    insertPasskey(server.db, { userId: insertUser(server.db).id });
    await expect(caller.identity.disconnect({ identityId })).rejects.toThrow("last-way-in");
    insertPasskey(server.db, { userId });
    await caller.identity.disconnect({ identityId });
    expect(countRows(server.db, oidcIdentity)).toBe(0);
  });
});

function newPerson() {
  const server = newTestServer({ url: "https://pinhole.example", oidc });
  const context = server.contextOf("member");
  const userId = context.signedIn()?.user.id ?? "usr_none";
  server.db.update(user).set({ passwordHash }).where(eq(user.id, userId)).run();
  return { server, userId, caller: createCaller(context) };
}
