import { auditEvent, recoveryCode, secondFactor, user } from "@pinhole/drizzle/schema";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { hashPassword } from "../auth/password.ts";
import { signIn } from "../auth/sign-in.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";
import { fromBase32 } from "../second-factor/base32.ts";
import { stepAt, totpAt } from "../second-factor/totp.ts";
import { NOW, newTestServer } from "../testing.ts";
import { createCaller } from "./index.ts";

const PASSWORD = "correct horse battery";
let passwordHash: string;
beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

describe("turning the second factor on", () => {
  test("counts once a code of the app came back; sign-in does not ask before", async () => {
    const { caller, tryWith } = newAccount();
    await caller.secondFactor.begin();
    expect(await caller.secondFactor.status()).toEqual({ since: null, recoveryCodesLeft: 0 });
    expect((await tryWith({})).ok).toBe(true);
    await expect(caller.secondFactor.confirm({ code: "000000" })).rejects.toMatchObject({ message: "code-wrong" });
    expect((await tryWith({})).ok).toBe(true);
  });

  test("shows a secret that the codes are of, as text, as address and as picture", async () => {
    const { caller, person } = newAccount();
    const { secret, uri, qr } = await caller.secondFactor.begin();
    expect(uri).toBe(`otpauth://totp/Pinhole:${encodeURIComponent(person.email)}?secret=${secret}&issuer=Pinhole`);
    expect(fromBase32(secret)).toHaveLength(20);
    expect(qr.path).toMatch(/^(?:M\d+ \d+h\d+v1h-\d+z)+$/);
  });

  test("begun again makes the first secret worthless, and is refused once it is on", async () => {
    const { caller, code } = newAccount();
    const first = await caller.secondFactor.begin();
    const second = await caller.secondFactor.begin();
    await expect(caller.secondFactor.confirm({ code: code(first.secret) })).rejects.toMatchObject({
      message: "code-wrong",
    });
    await caller.secondFactor.confirm({ code: code(second.secret) });
    await expect(caller.secondFactor.begin()).rejects.toMatchObject({ message: "second-factor-on" });
    await expect(caller.secondFactor.confirm({ code: code(second.secret) })).rejects.toMatchObject({
      message: "second-factor-on",
    });
  });

  test("leaves neither the secret nor a recovery code in the database", async () => {
    const { caller, server, code } = newAccount();
    const { secret } = await caller.secondFactor.begin();
    const { recoveryCodes } = await caller.secondFactor.confirm({ code: code(secret) });
    expect(new Set(recoveryCodes).size).toBe(10);
    const kept = JSON.stringify([
      server.db.select().from(secondFactor).all(),
      server.db.select().from(recoveryCode).all(),
      server.db.select().from(auditEvent).all(),
    ]);
    const bytes = fromBase32(secret);
    for (const each of [
      secret,
      Buffer.from(bytes).toString("hex"),
      Buffer.from(bytes).toString("base64url"),
      ...recoveryCodes,
    ])
      expect(kept).not.toContain(each);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([{ action: "second-factor.on" }]);
  });

  test("wants a recent proof of who one is, and so does everything that weakens it", async () => {
    const { caller, server } = await newProtected();
    server.clock.now = new Date(server.clock.now.getTime() + STEP_UP_MS);
    for (const call of [caller.secondFactor.begin, caller.secondFactor.turnOff, caller.secondFactor.renewCodes])
      await expect(call()).rejects.toMatchObject({ message: "step-up-needed" });
  });
});

describe("signing in with a second factor", () => {
  test("asks for the code after the password, and for nothing after a wrong one", async () => {
    const { tryWith, nextCode } = await newProtected();
    expect(await tryWith({ password: "wrong" })).toEqual({ ok: false, error: "wrong-credentials" });
    expect(await tryWith({})).toEqual({ ok: false, error: "code-needed" });
    expect(await tryWith({ password: "wrong", code: nextCode() })).toEqual({ ok: false, error: "wrong-credentials" });
    expect((await tryWith({ code: nextCode() })).ok).toBe(true);
  });

  test("takes a code once, also from two at the same moment", async () => {
    const { tryWith, nextCode } = await newProtected();
    const code = nextCode();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => tryWith({ code })));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await tryWith({ code })).toEqual({ ok: false, error: "code-wrong" });
  });

  test("takes no code from before one that was used", async () => {
    const { tryWith, nextCode, server } = await newProtected();
    const early = nextCode();
    server.clock.now = new Date(server.clock.now.getTime() + 30_000);
    expect((await tryWith({ code: nextCode() })).ok).toBe(true);
    expect(await tryWith({ code: early })).toEqual({ ok: false, error: "code-wrong" });
  });

  test("takes each recovery code once, however it is typed, and says how many are left", async () => {
    const { tryWith, recoveryCodes, caller, server } = await newProtected();
    const [first = "", second = ""] = recoveryCodes;
    expect((await tryWith({ code: first })).ok).toBe(true);
    expect(await tryWith({ code: first })).toEqual({ ok: false, error: "code-wrong" });
    expect((await tryWith({ code: ` ${second.toLowerCase().replaceAll("-", " ")}` })).ok).toBe(true);
    expect((await caller.secondFactor.status()).recoveryCodesLeft).toBe(8);
    expect(server.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      action: "session.open",
      after: { by: "recovery-code" },
    });
  });

  test("stops listening to guesses of the code after five, from anywhere, until time has passed", async () => {
    const { tryWith, nextCode, server } = await newProtected();
    for (let guess = 0; guess < 5; guess++)
      expect(await tryWith({ code: "000000", address: `198.51.100.${guess}` })).toMatchObject({ error: "code-wrong" });
    expect(await tryWith({ code: nextCode() })).toMatchObject({ error: "too-many-tries" });
    server.clock.now = new Date(server.clock.now.getTime() + 60_000);
    expect((await tryWith({ code: nextCode() })).ok).toBe(true);
  });

  test("lets recovery codes in when the sealing key was lost, and no code of the app", async () => {
    const { tryWith, nextCode, recoveryCodes } = await newProtected();
    const sealingKey = new Uint8Array(32);
    expect(await tryWith({ code: nextCode(), sealingKey })).toEqual({ ok: false, error: "code-wrong" });
    expect((await tryWith({ code: recoveryCodes[0], sealingKey })).ok).toBe(true);
  });
});

describe("with a second factor on", () => {
  test("step-up wants it as well", async () => {
    const { caller, nextCode } = await newProtected();
    await expect(caller.session.verify({ password: PASSWORD })).rejects.toMatchObject({ message: "code-needed" });
    await caller.session.verify({ password: PASSWORD, code: nextCode() });
  });

  test("new recovery codes end the old ones", async () => {
    const { caller, recoveryCodes, tryWith } = await newProtected();
    const { recoveryCodes: renewed } = await caller.secondFactor.renewCodes();
    expect(await tryWith({ code: recoveryCodes[0] })).toMatchObject({ error: "code-wrong" });
    expect((await tryWith({ code: renewed[0] })).ok).toBe(true);
  });

  test("turning it off makes the password enough, and forgets secret and codes", async () => {
    const { caller, server, tryWith } = await newProtected();
    await caller.secondFactor.turnOff();
    expect((await tryWith({})).ok).toBe(true);
    expect(server.db.select().from(secondFactor).all()).toEqual([]);
    expect(server.db.select().from(recoveryCode).all()).toEqual([]);
    await expect(caller.secondFactor.turnOff()).rejects.toMatchObject({ message: "second-factor-off" });
    await expect(caller.secondFactor.renewCodes()).rejects.toMatchObject({ message: "second-factor-off" });
  });
});

function newAccount() {
  const server = newTestServer();
  const context = server.contextOf("member");
  const person = context.signedIn()!.user;
  server.db.update(user).set({ passwordHash }).where(eq(user.id, person.id)).run();
  const code = (secret: string) => totpAt(fromBase32(secret), stepAt(server.clock.now));
  type Fields = { password?: string; code?: string | undefined; address?: string; sealingKey?: Uint8Array };
  const tryWith = ({ sealingKey = context.sealingKey, ...fields }: Fields) =>
    signIn(
      { ...context, sealingKey },
      { email: person.email, password: PASSWORD, address: "192.0.2.1", userAgent: "test", ...fields },
    );
  return { server, caller: createCaller(context), person, code, tryWith };
}

/** With the second factor on, and its first code behind it. */
async function newProtected() {
  const account = newAccount();
  const { secret } = await account.caller.secondFactor.begin();
  const { recoveryCodes } = await account.caller.secondFactor.confirm({ code: account.code(secret) });
  account.server.clock.now = new Date(NOW.getTime() + 30_000);
  return { ...account, recoveryCodes, nextCode: () => account.code(secret) };
}
