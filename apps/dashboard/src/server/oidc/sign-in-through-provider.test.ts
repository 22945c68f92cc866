/** To a real provider and back. */
import { auditEvent, invite, oidcIdentity, secondFactor, session, user } from "@pinhole/drizzle/schema";
import { countRows, insertIdentity, insertInvite, insertSession, insertUser } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { checkSession } from "../auth/check-session.ts";
import { NO_PASSWORD } from "../auth/password.ts";
import { signInWithLink } from "../auth/sign-in-link.ts";
import { isSteppedUp } from "../auth/step-up.ts";
import { startHangingServer } from "../mail/testing.ts";
import { replaceRecoveryCodes } from "../second-factor/recovery-codes.ts";
import { newTestServer } from "../testing.ts";
import { FLOW_MS, sealTicket } from "./flow.ts";
import { CALLBACK_PATH, newOidcProvider } from "./provider.ts";
import { beginSignIn, finishSignIn } from "./sign-in-through-provider.ts";
import { type People, signInThere, TestProvider } from "./testing.ts";

const url = "https://pinhole.example";
const address = "192.0.2.1";
/** That no password matches. */
const PASSWORD_HASH = "$argon2id$none";

const people: People = {
  ana: { email: "Ana@Example.test", email_verified: true, name: "Ana" },
  otto: { email: "otto@example.test", email_verified: false, name: "Otto" },
  mute: { name: "Mute" },
};

let provider: TestProvider;
beforeAll(async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "info").mockReturnValue();
  provider = await TestProvider.start({ url, people });
});
afterAll(() => provider[Symbol.asyncDispose]());

beforeEach(() => vi.mocked(console.warn).mockClear());

describe("signing in through the provider", () => {
  test("lets in who is connected, by a link that is good once, whatever their address is", async () => {
    const { server, go, open } = newServer();
    const account = insertUser(server.db, { email: "ana@elsewhere.test" });
    insertIdentity(server.db, { userId: account.id, issuer: provider.settings.issuer, subject: "ana" });
    const location = await go("ana", { next: "/t/ours/devices" });
    expect(location).toMatch(/^\/login\/link\/[\w-]{43}\?by=provider&next=%2Ft%2Fours%2Fdevices$/);
    expect(countRows(server.db, session)).toBe(0);
    const opened = open(location);
    if (!opened.ok) throw new Error(opened.error);
    expect(opened.value.userId).toBe(account.id);
    expect(open(location)).toEqual({ ok: false, error: "link-over" });
    expect(server.db.select().from(oidcIdentity).get()?.lastUsedAt).toEqual(server.clock.now);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "session.open", after: { by: "provider" } },
    ]);
  });

  test("asks for the second factor all the same", async () => {
    const { server, go, open } = newServer();
    const { id: userId } = insertUser(server.db);
    insertIdentity(server.db, { userId, issuer: provider.settings.issuer, subject: "ana" });
    server.db.insert(secondFactor).values({ userId, sealedSecret: "none", confirmedAt: server.clock.now }).run();
    const [code = ""] = server.db.transaction((tx) => replaceRecoveryCodes(tx, userId, server.clock.now));
    const location = await go("ana");
    expect(open(location)).toEqual({ ok: false, error: "code-needed" });
    expect(open(location, code).ok).toBe(true);
  });

  test("counts as a proof from when they signed in there, not from when they came back", async () => {
    const { server, go, open } = newServer();
    insertIdentity(server.db, {
      userId: insertUser(server.db).id,
      issuer: provider.settings.issuer,
      subject: "ana",
    });
    const signedInAt = Math.floor(Date.now() / 1_000) * 1_000;
    const opened = open(await go("ana"));
    if (!opened.ok) throw new Error(opened.error);
    const verifiedAt = checkSession(server.db, opened.value.sessionId, server.clock.now)?.verifiedAt.getTime() ?? 0;
    expect(verifiedAt).toBeGreaterThanOrEqual(signedInAt);
    expect(verifiedAt).toBeLessThanOrEqual(Date.now());
    expect(isSteppedUp(new Date(verifiedAt), new Date(verifiedAt + 600_000))).toBe(false);
  });

  test("asks the provider not to answer from memory where a recent proof is what it is for", async () => {
    const { begin } = newServer();
    const asked = async (isFresh: boolean) => {
      const { searchParams } = new URL((await begin({ isFresh })).location);
      return [searchParams.get("prompt"), searchParams.get("max_age")];
    };
    expect(await asked(true)).toEqual(["login", "0"]);
    expect(await asked(false)).toEqual([null, null]);
  });

  test("counts as none where the provider does not say when", async () => {
    await using silent = await TestProvider.start({ url, people, saysWhen: false });
    const { server, go, open } = newServer({ from: silent });
    insertIdentity(server.db, { userId: insertUser(server.db).id, issuer: silent.settings.issuer, subject: "ana" });
    const opened = open(await go("ana"));
    if (!opened.ok) throw new Error(opened.error);
    expect(checkSession(server.db, opened.value.sessionId, server.clock.now)?.verifiedAt).toEqual(new Date(0));
  });

  test("does not take over an account by its address: its owner connects it", async () => {
    const { server, go } = newServer();
    insertUser(server.db, { email: "ana@example.test" });
    expect(await go("ana")).toBe("/login?problem=connect-first");
    expect(countRows(server.db, oidcIdentity)).toBe(0);
  });

  test.each([
    ["ana", true],
    ["otto", false],
  ])("of a trusted domain finds the account of %s's address if it is verified", async (who, isFound) => {
    const { server, go, open } = newServer({ trustedDomains: ["example.test"] });
    const account = insertUser(server.db, { email: `${who}@example.test`, passwordHash: PASSWORD_HASH });
    const { email, id: acceptedBy, createdAt: acceptedAt } = account;
    insertInvite(server.db, { teamId: server.team.id, email, acceptedBy, acceptedAt, expiresAt: later(server) });
    const location = await go(who);
    if (!isFound) return expect(location).toBe("/login?problem=email-unverified");
    expect(open(location)).toMatchObject({ ok: true, value: { userId: account.id } });
    // The second time it is known.
    expect(open(await go(who))).toMatchObject({ ok: true, value: { userId: account.id } });
    expect(countRows(server.db, oidcIdentity)).toBe(1);
  });

  test("of a trusted domain does not let its owner in to what somebody else registered with their address", async () => {
    const { server, go } = newServer({ trustedDomains: ["example.test"] });
    const account = insertUser(server.db, { email: "ana@example.test", passwordHash: PASSWORD_HASH });
    const { id: acceptedBy, createdAt: acceptedAt } = account;
    const [team, expiresAt] = [{ teamId: server.team.id }, later(server)];
    // By a link for whoever holds it, while the invite for the address waits for its owner.
    insertInvite(server.db, { ...team, email: null, acceptedBy, acceptedAt, expiresAt });
    const { id } = insertInvite(server.db, { ...team, email: "ana@example.test", expiresAt });
    expect(await go("ana")).toBe("/login?problem=connect-first");
    // A mailed link let the owner in to it, who took that one: the other knows the password all the same.
    const taken = { acceptedBy, acceptedAt: new Date(acceptedAt.getTime() + 1) };
    server.db.update(invite).set(taken).where(eq(invite.id, id)).run();
    expect(await go("ana")).toBe("/login?problem=connect-first");
    expect(countRows(server.db, oidcIdentity)).toBe(0);
  });

  test("of a trusted domain finds the account that another provider's person got", async () => {
    const { server, go, open } = newServer({ trustedDomains: ["example.test"] });
    const { id: userId } = insertUser(server.db, { email: "ana@example.test", passwordHash: NO_PASSWORD });
    insertIdentity(server.db, { userId, issuer: "https://former.example/" });
    expect(open(await go("ana"))).toMatchObject({ ok: true, value: { userId } });
  });

  test("a domain is the whole of what follows the @", async () => {
    const { go } = newServer({ trustedDomains: ["le.test", "test", "ana"] });
    expect(await go("ana")).toBe("/login?problem=no-invite");
  });

  test.each([
    ["unverified", "otto"],
    ["unsaid", "mute"],
  ])("with an address that is %s makes no account", async (_, who) => {
    const { server, go } = newServer({ trustedDomains: ["example.test"] });
    insertInvite(server.db, { teamId: server.team.id, email: `${who}@example.test`, expiresAt: later(server) });
    expect(await go(who)).toBe("/login?problem=email-unverified");
    expect(countRows(server.db, user)).toBe(0);
  });

  test("somebody unknown gets an account by an invite for their address, and is in no team by that", async () => {
    const { server, go, open } = newServer();
    expect(await go("ana")).toBe("/login?problem=no-invite");
    const over = { teamId: server.team.id, email: "ana@example.test" };
    insertInvite(server.db, { ...over, expiresAt: server.clock.now });
    insertInvite(server.db, { ...over, expiresAt: later(server), revokedAt: server.clock.now });
    insertInvite(server.db, { ...over, expiresAt: later(server), email: null });
    expect(await go("ana")).toBe("/login?problem=no-invite");
    insertInvite(server.db, { ...over, expiresAt: later(server) });
    expect(open(await go("ana")).ok).toBe(true);
    const account = server.db.select().from(user).where(eq(user.email, "ana@example.test")).get();
    expect(account).toMatchObject({ name: "Ana", passwordHash: "none" });
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "user.create" },
      { action: "identity.connect", after: { by: "invite" } },
      { action: "session.open" },
    ]);
    expect(server.db.$client.prepare("select count(*) from membership").pluck().get()).toBe(0);
  });

  test("takes an address and what vouches for it from the ID token where both are there", async () => {
    await using whole = await TestProvider.start({ url, people, isTokenWhole: true });
    const { go } = newServer({ from: whole, trustedDomains: ["example.test"] });
    expect(await go("ana")).toMatch(/^\/login\/link\//);
    expect(await go("otto")).toBe("/login?problem=email-unverified");
  });
});

describe("what comes back", () => {
  test("with another state, without what was carried, or too late is not looked at", async () => {
    const { server, begin, finish } = newServer();
    const { location, flow } = await begin();
    const query = await signInThere(location, "ana");
    const over = "/login?problem=flow-over";
    const forged = new URLSearchParams({ ...Object.fromEntries(query), state: "x".repeat(43) });
    expect((await finish(forged, flow)).location).toBe(over);
    expect((await finish(query, undefined)).location).toBe(over);
    expect((await finish(query, `x${flow}`)).location).toBe(over);
    expect((await finish(query, (await begin()).flow)).location).toBe(over);
    server.clock.now = new Date(server.clock.now.getTime() + FLOW_MS);
    expect((await finish(query, flow)).location).toBe(over);
    expect(console.warn).not.toHaveBeenCalled();
  });

  test("with another nonce is refused", async () => {
    const { server, begin, finish } = newServer({ trustedDomains: ["example.test"] });
    const { location, flow } = await begin();
    const other = new URL(location);
    other.searchParams.set("nonce", "of another sign-in");
    expect(await finish(await signInThere(other.href, "ana"), flow)).toEqual({
      location: "/login?problem=provider-refused",
      flow: null,
    });
    expect(countRows(server.db, user)).toBe(0);
  });

  test("with an ID token that is signed by none of the provider's keys is refused", async () => {
    await using forged = await TestProvider.start({ url, people, hasOtherKeys: true });
    const { go } = newServer({ from: forged, trustedDomains: ["example.test"] });
    expect(await go("ana")).toBe("/login?problem=provider-refused");
  });

  test("with a code that was used is refused", async () => {
    const { begin, finish } = newServer({ trustedDomains: ["example.test"] });
    const { location, flow } = await begin();
    const query = await signInThere(location, "ana");
    expect((await finish(query, flow)).location).toMatch(/^\/login\/link\//);
    expect((await finish(query, flow)).location).toBe("/login?problem=provider-refused");
  });

  test("with the code of another's sign-in is refused: the verifier is not its own", async () => {
    const { begin, finish } = newServer({ trustedDomains: ["example.test"] });
    const [stolen, own] = [await begin(), await begin()];
    const code = (await signInThere(stolen.location, "ana")).get("code") ?? "";
    const query = await signInThere(own.location, "ana");
    query.set("code", code);
    expect((await finish(query, own.flow)).location).toBe("/login?problem=provider-refused");
  });

  test("as the provider's own no is said so", async () => {
    const { begin, finish } = newServer();
    const { location, flow } = await begin();
    const state = new URL(location).searchParams.get("state") ?? "";
    const query = new URLSearchParams({ state, error: "access_denied", iss: provider.settings.issuer.slice(0, -1) });
    expect((await finish(query, flow)).location).toBe("/login?problem=provider-refused");
  });

  test("is looked at thirty times from one network, and then not for a while", async () => {
    const { begin, finish } = newServer();
    const { location, flow } = await begin();
    const query = new URLSearchParams({ state: new URL(location).searchParams.get("state") ?? "", code: "guessed" });
    const answers = [];
    for (let n = 0; n < 31; n++) answers.push((await finish(query, flow)).location);
    expect(answers.at(-2)).toBe("/login?problem=provider-refused");
    expect(answers.at(-1)).toBe("/login?problem=too-many-tries");
  });
});

describe("connecting", () => {
  test("a session that asked for it gets the identity, whatever its address", async () => {
    const { server, begin, finish, asked } = newServer();
    const { sessionId, userId, ticket } = asked();
    const { location, flow } = await begin({ ticket, sessionId });
    const back = await finish(await signInThere(location, "otto"), flow, sessionId);
    expect(back).toEqual({ location: "/t/ours/settings", flow: null });
    expect(server.db.select().from(oidcIdentity).all()).toMatchObject([{ userId, subject: "otto" }]);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "identity.connect", actorId: userId, after: { by: "settings" } },
    ]);
  });

  test("takes the ticket of that very session, for a minute", async () => {
    const { server, begin, asked } = newServer();
    const [mine, theirs] = [asked(), asked()];
    const over = { location: "/t/ours/settings?problem=session-over" };
    const next = "/t/ours/settings";
    expect(await begin({ ticket: theirs.ticket, sessionId: mine.sessionId, next })).toEqual(over);
    expect(await begin({ ticket: mine.ticket, sessionId: null, next })).toEqual(over);
    expect(await begin({ ticket: "made up", sessionId: mine.sessionId, next })).toEqual(over);
    server.clock.now = new Date(server.clock.now.getTime() + 60_000);
    expect(await begin({ ticket: mine.ticket, sessionId: mine.sessionId, next })).toEqual(over);
  });

  test("is refused to a session that ended meanwhile, is another, or is not stepped up any more", async () => {
    const { server, begin, finish, asked } = newServer();
    const { sessionId, ticket } = asked();
    const over = "/t/ours/settings?problem=session-over";
    for (const spoil of [
      () => null,
      () => asked().sessionId,
      () => {
        server.db
          .update(session)
          .set({ verifiedAt: new Date(0) })
          .run();
        return sessionId;
      },
    ]) {
      const { location, flow } = await begin({ ticket, sessionId });
      const query = await signInThere(location, "ana");
      expect((await finish(query, flow, spoil())).location).toBe(over);
    }
    expect(countRows(server.db, oidcIdentity)).toBe(0);
  });

  test("does not take an identity away from another account", async () => {
    const { server, begin, finish, asked } = newServer();
    const owner = insertUser(server.db);
    insertIdentity(server.db, { userId: owner.id, issuer: provider.settings.issuer, subject: "ana" });
    const { sessionId, ticket } = asked();
    const { location, flow } = await begin({ ticket, sessionId });
    const back = await finish(await signInThere(location, "ana"), flow, sessionId);
    expect(back.location).toBe("/t/ours/settings?problem=identity-taken");
    expect(server.db.select().from(oidcIdentity).all()).toMatchObject([{ userId: owner.id }]);
  });
});

describe("a provider that is down", () => {
  test("is said so, and looked for again the next time", async () => {
    const gone = await TestProvider.start({ url, people });
    await gone[Symbol.asyncDispose]();
    const { begin } = newServer({ from: gone });
    expect(await begin()).toEqual({ location: "/login?problem=provider-down" });
    const port = Number(new URL(gone.settings.issuer).port);
    await using back = await TestProvider.start({ url, people, port });
    expect((await begin()).location).toContain(back.settings.issuer);
  });

  test("or hangs is not waited for without end", async () => {
    await using hanging = await startHangingServer();
    const issuer = `http://127.0.0.1:${hanging.settings.port}/`;
    const { begin } = newServer({ from: { settings: { ...provider.settings, issuer } }, timeoutS: 0.2 });
    expect(await begin({ next: "/invite/x" })).toEqual({ location: "/login?problem=provider-down&next=%2Finvite%2Fx" });
  });

  test("after somebody went there is said so too, and no secret is in the log", async () => {
    const leaving = await TestProvider.start({ url, people });
    const { begin, finish } = newServer({ from: leaving });
    const { location, flow } = await begin();
    const query = await signInThere(location, "ana");
    await leaving[Symbol.asyncDispose]();
    expect((await finish(query, flow)).location).toBe("/login?problem=provider-down");
    const logged = JSON.stringify(vi.mocked(console.warn).mock.calls);
    expect(logged).toContain("sign-in through the provider failed");
    for (const secret of [leaving.settings.clientSecret, query.get("code") ?? "none"])
      expect(logged).not.toContain(secret);
  });
});

type Setting = {
  readonly from?: Pick<TestProvider, "settings">;
  readonly trustedDomains?: readonly string[];
  readonly timeoutS?: number;
};

function newServer({ from = provider, trustedDomains = [], timeoutS }: Setting = {}) {
  const settings = { ...from.settings, trustedDomains };
  const server = newTestServer({ url, oidc: settings });
  const { db, env, sealingKey, throttles, now } = server.contextOf("nobody");
  db.delete(user).run();
  const oidc = newOidcProvider(settings, `${url}${CALLBACK_PATH}`, timeoutS);
  const sources = { db, env, sealingKey, throttles, now, oidc };
  const begin = (fields: Partial<Parameters<typeof beginSignIn>[1]> = {}) =>
    beginSignIn(sources, { next: "/", isFresh: false, ticket: undefined, sessionId: null, ...fields });
  const finish = (query: URLSearchParams, carried: string | null | undefined, sessionId: string | null = null) =>
    finishSignIn(sources, { query, carried: carried ?? undefined, sessionId, address });
  const go = async (who: string, fields: Parameters<typeof begin>[0] = {}) => {
    const { location, flow } = await begin(fields);
    return (await finish(await signInThere(location, who), flow)).location;
  };
  const open = (location: string, code?: string) => {
    const secret = /^\/login\/link\/([\w-]{43})/.exec(location)?.[1] ?? location;
    return signInWithLink(sources, { secret, code, address, userAgent: "test" });
  };
  /** Somebody at the settings, who pressed Connect. */
  const asked = () => {
    const { id: userId } = insertUser(db);
    const expiresAt = new Date(now().getTime() + 86_400_000);
    const { id: connects } = insertSession(db, { userId, verifiedAt: now(), lastSeenAt: now(), expiresAt });
    const ticket = sealTicket(sealingKey, { connects, next: "/t/ours/settings", at: now().getTime() });
    return { userId, sessionId: connects, ticket };
  };
  return { server, begin, finish, go, open, asked };
}

const later = ({ clock }: { readonly clock: { readonly now: Date } }) => new Date(clock.now.getTime() + 3_600_000);
