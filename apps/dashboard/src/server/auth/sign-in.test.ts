import { auditEvent, oidcIdentity, session } from "@pinhole/drizzle/schema";
import { countRows, insertIdentity, insertUser, openTestDb } from "@pinhole/drizzle/testing";
import { encode } from "next-auth/jwt";
import { beforeAll, describe, expect, test } from "vitest";
import { NOW } from "../testing.ts";
import { newThrottles } from "../throttles.ts";
import { checkSession } from "./check-session.ts";
import { readSessionId } from "./cookie.ts";
import { hashPassword, NO_PASSWORD, verifyPassword } from "./password.ts";
import { setPassword } from "./set-password.ts";
import { type SignInAttempt, signIn } from "./sign-in.ts";

const PASSWORD = "correct horse";
let passwordHash: string;
beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

describe("a password", () => {
  test("is kept as argon2id with a salt of its own", async () => {
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await hashPassword(PASSWORD)).not.toBe(passwordHash);
  });

  test.each([
    [PASSWORD, true],
    ["Correct horse", false],
    ["", false],
  ])("%j matches: %s", async (typed, matches) => {
    expect(await verifyPassword(typed, passwordHash)).toBe(matches);
  });

  test("typed on another keyboard is the same password", async () => {
    expect(await verifyPassword("sch\u00f6n und lang", await hashPassword("scho\u0308n und lang"))).toBe(true);
  });

  test.each(["", "none", "$argon2id$v=19$m=19456,t=2,p=1$$", "$2b$10$abc"])("matches no hash like %j", async (hash) => {
    expect(await verifyPassword(PASSWORD, hash)).toBe(false);
  });
});

describe("signing in", () => {
  test("is counted by network: an IPv6 address is one of very many of the same machine", async () => {
    const { tryWith } = newServer();
    const outcomes = [];
    for (let i = 0; i < 9; i++) outcomes.push(await tryWith({ password: "wrong", address: `2001:db8::${i}` }));
    expect(outcomes.map((outcome) => !outcome.ok && outcome.error).at(-1)).toBe("too-many-tries");
  });

  test("opens a session of its own each time", async () => {
    const { db, tryWith } = newServer();
    const [one, other] = [await tryWith({}), await tryWith({ email: " ANA@example.test " })];
    if (!one.ok || !other.ok) throw new Error("refused");
    expect(one.value.sessionId).not.toBe(other.value.sessionId);
    expect(checkSession(db, one.value.sessionId, NOW)?.user.email).toBe("ana@example.test");
    expect(db.select().from(auditEvent).all()).toMatchObject([
      { action: "session.open", teamId: null },
      { action: "session.open" },
    ]);
  });

  test.each([
    ["a wrong password", { password: "wrong" }],
    ["an account that there is none of", { email: "eve@example.test" }],
    ["something that is no address", { email: "ana" }],
    ["a password without end", { password: "x".repeat(100_000) }],
  ])("with %s is refused in the same words", async (_, fields) => {
    const { db, tryWith } = newServer();
    expect(await tryWith(fields)).toEqual({ ok: false, error: "wrong-credentials" });
    expect(db.select().from(session).all()).toEqual([]);
  });

  test("to an account without a password takes as long to refuse as an unknown one", async () => {
    const { db, tryWith } = newServer();
    insertUser(db, { email: "otto@example.test", passwordHash: NO_PASSWORD });
    const fastest = async (email: string) => {
      let ms = Number.POSITIVE_INFINITY;
      for (const password of [NO_PASSWORD, "", "a guess"]) {
        const startedAt = performance.now();
        expect(await tryWith({ email, password })).toEqual({ ok: false, error: "wrong-credentials" });
        ms = Math.min(ms, performance.now() - startedAt);
      }
      return ms;
    };
    await fastest("eve@example.test");
    expect(await fastest("otto@example.test")).toBeGreaterThan((await fastest("eve@example.test")) / 4);
  });

  test("is refused after eight wrong passwords, the right one too, until time has passed", async () => {
    const { tryWith, clock } = newServer();
    for (let guess = 0; guess < 8; guess++)
      expect(await tryWith({ password: `guess ${guess}` })).toMatchObject({ error: "wrong-credentials" });
    expect(await tryWith({})).toEqual({ ok: false, error: "too-many-tries" });
    // Somebody else's guesses must not lock the owner out.
    expect((await tryWith({ address: "198.51.100.1" })).ok).toBe(true);
    clock.now = new Date(NOW.getTime() + 15_000);
    expect((await tryWith({})).ok).toBe(true);
  });

  test("of many accounts from one address is slowed down as well", async () => {
    const { tryWith } = newServer();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => tryWith({ email: `user-${n}@example.test` })),
    );
    expect(answers.filter((answer) => !answer.ok && answer.error === "too-many-tries")).toHaveLength(10);
  });
});

describe("a new password", () => {
  test("ends what was connected at a provider", () => {
    const { db, user } = newServer();
    insertIdentity(db, { userId: user.id });
    const author = { kind: "command-line", id: null, name: "root", address: null } as const;
    setPassword(db, author, { userId: user.id, passwordHash }, NOW);
    expect(countRows(db, oidcIdentity)).toBe(0);
    expect(db.select().from(auditEvent).all()).toMatchObject([
      { action: "identity.disconnect", actorKind: "command-line", objectId: user.id },
      { action: "user.set-password" },
    ]);
  });

  test("ends every session", async () => {
    const { db, user, tryWith } = newServer();
    const opened = await tryWith({});
    if (!opened.ok) throw new Error("refused");
    const author = { kind: "command-line", id: null, name: "root", address: null } as const;
    setPassword(db, author, { userId: user.id, passwordHash: await hashPassword("another one") }, NOW);
    expect(checkSession(db, opened.value.sessionId, NOW)).toBeNull();
    expect((await tryWith({})).ok).toBe(false);
    expect((await tryWith({ password: "another one" })).ok).toBe(true);
  });
});

describe("the cookie", () => {
  const secret = "a secret of this server";

  test("names a session", async () => {
    const token = await encode({ token: { sid: "ses_1" }, secret });
    expect(await readSessionId(`a=b; pinhole.session=${token}; c=d`, { secret, isSecure: false })).toBe("ses_1");
  });

  test("over TLS is taken under its protected name alone", async () => {
    const token = await encode({ token: { sid: "ses_1" }, secret });
    expect(await readSessionId(`pinhole.session=${token}`, { secret, isSecure: true })).toBeNull();
    expect(await readSessionId(`__Host-pinhole.session=${token}`, { secret, isSecure: true })).toBe("ses_1");
  });

  test("of another server, expired, damaged or absent names nothing", async () => {
    const foreign = await encode({ token: { sid: "ses_1" }, secret: "another" });
    const expired = await encode({ token: { sid: "ses_1" }, secret, maxAge: -60 });
    const other = await encode({ token: { sub: "usr_1" }, secret });
    for (const token of [foreign, expired, other, "x", "", "a".repeat(10_000)]) {
      expect(await readSessionId(`pinhole.session=${token}`, { secret, isSecure: false })).toBeNull();
    }
    expect(await readSessionId(undefined, { secret, isSecure: false })).toBeNull();
  });
});

function newServer() {
  const db = openTestDb();
  const user = insertUser(db, { email: "ana@example.test", passwordHash });
  const clock = { now: NOW };
  const throttles = newThrottles();
  const tryWith = (fields: Partial<SignInAttempt>) =>
    signIn(
      { db, sealingKey: new Uint8Array(32), throttles, now: () => clock.now },
      { email: "ana@example.test", password: PASSWORD, address: "192.0.2.1", userAgent: "test", ...fields },
    );
  return { db, user, clock, tryWith };
}
