/** Passkeys from being added to being removed, with an authenticator in software that also does what none may. */
import { auditEvent, passkey, secondFactor, session, user } from "@pinhole/drizzle/schema";
import { countRows } from "@pinhole/drizzle/testing";
import { describe, expect, test } from "vitest";
import { checkSession } from "../auth/check-session.ts";
import { browserOf } from "../auth/cookie.ts";
import { setPassword } from "../auth/set-password.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";
import { MAX_PASSKEYS } from "../passkeys/add-passkey.ts";
import { CHALLENGE_MS } from "../passkeys/challenges.ts";
import { parsePasskeyProof } from "../passkeys/passkey-response.ts";
import { relyingPartyOf } from "../passkeys/relying-party.ts";
import { signInWithPasskey } from "../passkeys/sign-in-with-passkey.ts";
import { type Oddity, SoftwareAuthenticator } from "../passkeys/testing.ts";
import { ACTOR, newTestServer, type TestServer } from "../testing.ts";
import { createCaller } from "./index.ts";

const ORIGIN = "http://pinhole.test";

/** What no answer of an authenticator may be, whatever it is asked for. */
const ODDITIES = [
  ["for another site", { origin: "https://evil.example" }],
  ["for this site over another scheme", { origin: "https://pinhole.test" }],
  ["for another server's name", { rpId: "evil.example" }],
  ["to another challenge", { challenge: Buffer.alloc(32).toString("base64url") }],
  ["without having seen who holds it", { isVerified: false }],
  ["of another kind", { type: "webauthn.other" }],
] as const satisfies readonly (readonly [string, Oddity])[];

describe("adding a passkey", () => {
  test("makes it one's own, and the log tells", async () => {
    const { server, caller, add } = newAccount();
    const { authenticator, id } = await add("Phone");
    expect(await caller.passkey.list()).toEqual([{ id, name: "Phone", createdAt: server.clock.now, lastUsedAt: null }]);
    expect(server.db.select().from(passkey).all()).toMatchObject([
      { credentialId: authenticator.id, transports: ["internal"], counter: 0 },
    ]);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "passkey.add", objectName: "Phone", teamId: null },
    ]);
  });

  test("asks the authenticator to see who holds it, and to keep it", async () => {
    const { caller, add, person } = newAccount();
    const { authenticator } = await add("Phone");
    const options = await caller.passkey.beginAdd();
    expect(options).toMatchObject({
      rp: { id: "pinhole.test" },
      user: { name: person.email, id: Buffer.from(person.id).toString("base64url") },
      attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      excludeCredentials: [{ id: authenticator.id }],
    });
  });

  test.each(ODDITIES)("is refused %s", async (_, odd) => {
    const { server, caller } = newAccount();
    const made = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd(), odd);
    await expect(caller.passkey.add({ name: "Phone", passkey: made })).rejects.toMatchObject({
      message: "passkey-wrong",
    });
    expect([countRows(server.db, passkey), countRows(server.db, auditEvent)]).toEqual([0, 0]);
  });

  test("lets an authenticator vouch for itself, and nobody for it with a certificate", async () => {
    const { caller } = newAccount();
    const certified = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd(), {
      statement: "certificate",
    });
    await expect(caller.passkey.add({ name: "Phone", passkey: certified })).rejects.toMatchObject({
      message: "passkey-wrong",
    });
    const plain = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd(), { statement: "self" });
    await caller.passkey.add({ name: "Phone", passkey: plain });
  });

  test("takes an answer once, in time, and in the session alone that asked", async () => {
    const { server, caller } = newAccount();
    const other = server.as("member");
    await other.passkey.beginAdd();
    const made = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd());
    await expect(other.passkey.add({ name: "Phone", passkey: made })).rejects.toMatchObject({
      message: "passkey-wrong",
    });
    await caller.passkey.add({ name: "Phone", passkey: made });
    await expect(caller.passkey.add({ name: "Again", passkey: made })).rejects.toMatchObject({
      message: "passkey-late",
    });
    const late = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd());
    server.clock.now = new Date(server.clock.now.getTime() + CHALLENGE_MS);
    await expect(caller.passkey.add({ name: "Late", passkey: late })).rejects.toMatchObject({
      message: "passkey-late",
    });
  });

  test("takes each credential once, whoever says that it is theirs", async () => {
    const { server, add } = newAccount();
    const { authenticator } = await add("Phone");
    const thief = server.as("member");
    const made = new SoftwareAuthenticator(ORIGIN, authenticator.id).make(await thief.passkey.beginAdd());
    await expect(thief.passkey.add({ name: "Mine", passkey: made })).rejects.toMatchObject({
      message: "passkey-known",
    });
  });

  test("ends at a number that is enough", async () => {
    const { caller, add } = newAccount();
    for (let n = 0; n < MAX_PASSKEYS; n++) await add(`Key ${n}`);
    await expect(caller.passkey.beginAdd()).rejects.toMatchObject({ message: "too-many-passkeys" });
  });

  test("and removing one want a recent proof of who one is; renaming does not", async () => {
    const { server, caller, add } = newAccount();
    const { id: passkeyId } = await add("Phone");
    const made = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd());
    server.clock.now = new Date(server.clock.now.getTime() + STEP_UP_MS);
    for (const call of [
      () => caller.passkey.beginAdd(),
      () => caller.passkey.add({ name: "Key", passkey: made }),
      () => caller.passkey.remove({ passkeyId }),
    ])
      await expect(call()).rejects.toMatchObject({ message: "step-up-needed" });
    await caller.passkey.rename({ passkeyId, name: "Old phone" });
  });
});

describe("signing in with a passkey", () => {
  test("opens a session without password or code, and says in the log by what", async () => {
    const { server, add, begin, signIn, person } = newAccount();
    const { authenticator } = await add("Phone");
    const row = { userId: person.id, sealedSecret: "none", confirmedAt: server.clock.now };
    server.db.insert(secondFactor).values(row).run();
    const opened = await signIn(authenticator.sign(await begin()));
    if (!opened.ok) throw new Error(opened.error);
    expect(checkSession(server.db, opened.value.sessionId, server.clock.now)?.user.id).toBe(person.id);
    expect(server.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      action: "session.open",
      after: { by: "passkey", passkey: "Phone" },
    });
    expect(server.db.select().from(passkey).all()).toMatchObject([{ counter: 1, lastUsedAt: server.clock.now }]);
  });

  test("says nothing of who has an account", async () => {
    const { add, begin } = newAccount();
    await add("Phone");
    expect(await begin()).toMatchObject({ rpId: "pinhole.test", allowCredentials: [], userVerification: "required" });
  });

  test.each(ODDITIES)("is refused %s", async (_, odd) => {
    const { server, add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    const before = countRows(server.db, session);
    expect(await signIn(authenticator.sign(await begin(), odd))).toEqual({ ok: false, error: "passkey-wrong" });
    expect(countRows(server.db, session)).toBe(before);
    expect(server.db.select().from(passkey).all()).toMatchObject([{ counter: 0, lastUsedAt: null }]);
    expect((await signIn(authenticator.sign(await begin()))).ok).toBe(true);
  });

  test("takes an answer once, also from two at the same moment", async () => {
    const { add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    const proof = authenticator.sign(await begin());
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => signIn(proof)));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    await begin();
    expect(await signIn(proof)).toEqual({ ok: false, error: "passkey-wrong" });
  });

  test("takes no answer after five minutes, from another browser, or from one that is not marked", async () => {
    const { server, add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    const proof = authenticator.sign(await begin());
    for (const browser of ["another", null])
      expect(await signIn(proof, browser)).toEqual({ ok: false, error: "passkey-late" });
    await expect(begin(null)).rejects.toMatchObject({ message: "passkey-late" });
    server.clock.now = new Date(server.clock.now.getTime() + CHALLENGE_MS);
    expect(await signIn(proof)).toEqual({ ok: false, error: "passkey-late" });
  });

  test("takes what was begun for a step-up for none", async () => {
    const { caller, add, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    expect(await signIn(authenticator.sign(await caller.passkey.beginVerify()))).toMatchObject({
      error: "passkey-late",
    });
  });

  test("is refused for a key that nobody added, and for another's key under a known name", async () => {
    const { add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    for (const stranger of [new SoftwareAuthenticator(ORIGIN), new SoftwareAuthenticator(ORIGIN, authenticator.id)]) {
      stranger.userHandle = authenticator.userHandle;
      expect(await signIn(stranger.sign(await begin()))).toEqual({ ok: false, error: "passkey-wrong" });
    }
  });

  test("is refused to an authenticator that names another account, or none", async () => {
    const { server, add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    for (const named of [server.contextOf("owner").signedIn()?.user.id, undefined]) {
      authenticator.userHandle = named && Buffer.from(named).toString("base64url");
      expect(await signIn(authenticator.sign(await begin()))).toEqual({ ok: false, error: "passkey-wrong" });
    }
  });

  test("is refused once the passkey is removed, and also between the question and the answer", async () => {
    const { caller, add, begin, signIn } = newAccount();
    const { authenticator, id: passkeyId } = await add("Phone");
    const proof = authenticator.sign(await begin());
    const answer = signIn(proof);
    await caller.passkey.remove({ passkeyId });
    expect(await answer).toEqual({ ok: false, error: "passkey-wrong" });
    expect(await signIn(authenticator.sign(await begin()))).toEqual({ ok: false, error: "passkey-wrong" });
  });

  test("is refused when the counter stands still or goes back: somebody has a copy", async () => {
    const { server, add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    expect((await signIn(authenticator.sign(await begin(), { counter: 7 }))).ok).toBe(true);
    for (const counter of [7, 6, 0])
      expect(await signIn(authenticator.sign(await begin(), { counter }))).toMatchObject({ error: "passkey-wrong" });
    expect(server.db.select().from(passkey).all()).toMatchObject([{ counter: 7 }]);
    expect((await signIn(authenticator.sign(await begin(), { counter: 8 }))).ok).toBe(true);
  });

  test("works with those that do not count", async () => {
    const { add, begin, signIn } = newAccount();
    const { authenticator } = await add("Phone");
    for (let n = 0; n < 2; n++) expect((await signIn(authenticator.sign(await begin(), { counter: 0 }))).ok).toBe(true);
  });

  test("is counted by network, as passwords are", async () => {
    const { begin } = newAccount();
    for (let n = 0; n < 30; n++) await begin();
    await expect(begin()).rejects.toMatchObject({ message: "too-many-tries" });
  });
});

describe("step-up with a passkey", () => {
  test("stands for password and code, for the session that asked", async () => {
    const { server, caller, add, sessionId } = newAccount();
    const { authenticator } = await add("Phone");
    server.clock.now = new Date(server.clock.now.getTime() + STEP_UP_MS);
    await expect(caller.secondFactor.begin()).rejects.toMatchObject({ message: "step-up-needed" });
    const options = await caller.passkey.beginVerify();
    expect(options).toMatchObject({ allowCredentials: [{ id: authenticator.id, transports: ["internal"] }] });
    // Asked for by name, an authenticator need not say for whom it signs.
    authenticator.userHandle = undefined;
    const { until } = await caller.passkey.verify({ proof: authenticator.sign(options) });
    expect(until.getTime()).toBe(server.clock.now.getTime() + STEP_UP_MS);
    await caller.secondFactor.begin();
    expect(server.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      action: "session.verify",
      objectId: sessionId,
      after: { by: "passkey" },
    });
  });

  test.each(ODDITIES)("is refused %s", async (_, odd) => {
    const { server, caller, add } = newAccount();
    const { authenticator } = await add("Phone");
    server.clock.now = new Date(server.clock.now.getTime() + STEP_UP_MS);
    const proof = authenticator.sign(await caller.passkey.beginVerify(), odd);
    await expect(caller.passkey.verify({ proof })).rejects.toMatchObject({ message: "passkey-wrong" });
    await expect(caller.secondFactor.begin()).rejects.toMatchObject({ message: "step-up-needed" });
  });

  test("is refused with somebody else's passkey, and twice with one answer", async () => {
    const { server, caller, add } = newAccount();
    const mine = await add("Phone");
    const theirs = await addTo(server, "Theirs");
    const foreign = theirs.authenticator.sign(await caller.passkey.beginVerify());
    await expect(caller.passkey.verify({ proof: foreign })).rejects.toMatchObject({ message: "passkey-wrong" });
    const proof = mine.authenticator.sign(await caller.passkey.beginVerify());
    await caller.passkey.verify({ proof });
    await expect(caller.passkey.verify({ proof })).rejects.toMatchObject({ message: "passkey-late" });
  });

  test("is not begun by who has no passkey", async () => {
    await expect(newAccount().caller.passkey.beginVerify()).rejects.toMatchObject({ message: "passkey-not-found" });
  });
});

describe("a passkey", () => {
  test("is renamed and removed by its holder, and is not found by anybody else", async () => {
    const { server, caller, add } = newAccount();
    const { id: passkeyId } = await add("Phone");
    const stranger = server.as("owner");
    for (const call of [
      () => stranger.passkey.rename({ passkeyId, name: "Mine" }),
      () => stranger.passkey.remove({ passkeyId }),
    ])
      await expect(call()).rejects.toMatchObject({ message: "passkey-not-found" });
    await caller.passkey.rename({ passkeyId, name: "Old phone" });
    await caller.passkey.rename({ passkeyId, name: "Old phone" });
    await caller.passkey.remove({ passkeyId });
    await expect(caller.passkey.remove({ passkeyId })).rejects.toMatchObject({ message: "passkey-not-found" });
    expect(await caller.passkey.list()).toEqual([]);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "passkey.add" },
      { action: "passkey.rename", before: { name: "Phone" }, after: { name: "Old phone" } },
      { action: "passkey.remove", objectName: "Old phone" },
    ]);
  });

  test("ends with a new password: whoever knew the old one may have added it", async () => {
    const { server, add, begin, signIn, person } = newAccount();
    const { authenticator } = await add("Phone");
    setPassword(server.db, ACTOR, { userId: person.id, passwordHash: "another" }, server.clock.now);
    expect(await signIn(authenticator.sign(await begin()))).toMatchObject({ error: "passkey-wrong" });
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "passkey.add" },
      { action: "passkey.remove" },
      { action: "user.set-password" },
    ]);
  });
});

test("an answer that is bent anywhere is refused, and breaks nothing", async () => {
  const { server, caller, add, begin, signIn } = newAccount();
  const { authenticator } = await add("Phone");
  for (let n = 0; n < 400; n++) {
    const made = new SoftwareAuthenticator(ORIGIN).make(await caller.passkey.beginAdd());
    const object = Buffer.from(made.response.attestationObject, "base64url");
    // Behind it is the key: any other point of the curve is as good a key.
    const head = object.subarray(0, -COSE_KEY_BYTES);
    const attestationObject = Buffer.concat([bend(head, n), object.subarray(-COSE_KEY_BYTES)]).toString("base64url");
    const bent = { ...made, response: { ...made.response, attestationObject } };
    const outcome = await caller.passkey.add({ name: "Bent", passkey: bent }).catch(messageOf);
    if (typeof outcome === "string") expect(outcome).toBe("passkey-wrong");
    else {
      // Spare flags, the count so far and the model's number may be anything; a length that is too great reads to the end.
      const at = n % head.length;
      const isFree = (at >= head.length - 39 && at < head.length - 18) || (at >= 29 && at <= 30);
      expect(isFree, `byte ${at} of ${head.length}`).toBe(true);
      await caller.passkey.remove({ passkeyId: outcome.id });
    }
  }
  const proof = authenticator.sign(await begin());
  for (const field of ["clientDataJSON", "authenticatorData", "signature"] as const) {
    const bytes = Buffer.from(proof.response[field], "base64url");
    for (let n = 0; n < bytes.length; n += 7) {
      server.clock.now = new Date(server.clock.now.getTime() + 5_000);
      const next = authenticator.sign(await begin());
      const value = bend(Buffer.from(next.response[field], "base64url"), n).toString("base64url");
      const outcome = await signIn({ ...next, response: { ...next.response, [field]: value } });
      expect(outcome, `${field}, byte ${n}`).toEqual({ ok: false, error: "passkey-wrong" });
    }
  }
});

test("what comes by the sign-in form is read as a proof, or is none", () => {
  const proof = new SoftwareAuthenticator(ORIGIN).sign({ challenge: "x", rpId: "pinhole.test" });
  expect(parsePasskeyProof(JSON.stringify(proof))).toEqual(proof);
  for (const text of [undefined, 7, "", "{", "null", "[]", '{"id":1}', JSON.stringify({ ...proof, type: "password" })])
    expect(parsePasskeyProof(text)).toBeUndefined();
  expect(parsePasskeyProof(JSON.stringify({ ...proof, more: "x".repeat(20_000) }))).toBeUndefined();
});

test("a browser is told from others by the sign-in form's cookie", () => {
  const one = browserOf("theme=dark; pinhole.csrf=abc%7Cdef", false);
  expect(one).toMatch(/^[\w-]{43}$/);
  expect(browserOf("pinhole.csrf=abc%7Cdef", false)).toBe(one);
  expect(browserOf("pinhole.csrf=other", false)).not.toBe(one);
  for (const header of [null, "", "pinhole.csrf=", "theme=dark"]) expect(browserOf(header, false)).toBeNull();
  // Over TLS, what any host of the domain can set counts for nothing.
  expect(browserOf("pinhole.csrf=abc", true)).toBeNull();
});

/** Its password is one that no password matches. */
function newAccount() {
  const server = newTestServer();
  const context = server.contextOf("member");
  server.db.update(user).set({ passwordHash: "$argon2id$none" }).run();
  const caller = createCaller(context);
  const signIn = (given: object, browser: string | null = context.browser) => {
    const proof = parsePasskeyProof(JSON.stringify(given));
    if (proof === undefined) throw new Error("that is no proof");
    const party = relyingPartyOf(context.origin);
    return signInWithPasskey(context, { proof, browser, party, address: "192.0.2.1", userAgent: "test" });
  };
  const begin = (browser: string | null = context.browser) =>
    createCaller({ ...context, browser, signedIn: () => null }).passkey.beginSignIn();
  return {
    server,
    caller,
    person: context.signedIn()!.user,
    sessionId: context.sessionId,
    begin,
    signIn,
    add: (name: string) => addWith(caller, name),
  };
}

const addTo = (server: TestServer, name: string) => addWith(server.as("member"), name);

async function addWith(caller: ReturnType<typeof createCaller>, name: string) {
  const authenticator = new SoftwareAuthenticator(ORIGIN);
  const made = authenticator.make(await caller.passkey.beginAdd());
  const { id } = await caller.passkey.add({ name, passkey: made });
  return { authenticator, id };
}

/** Of a P-256 key. */
const COSE_KEY_BYTES = 77;

const messageOf = (error: unknown) => String((error as { message?: unknown }).message);

/** One bit of it is another. */
function bend(bytes: Buffer, n: number): Buffer {
  const bent = Buffer.from(bytes);
  bent[n % bent.length]! ^= 1 << (Math.floor(n / bent.length) % 8);
  return bent;
}
