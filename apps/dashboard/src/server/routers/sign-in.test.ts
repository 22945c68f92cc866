/** Signing in by a link from a mail, through a real mail server. */
import { auditEvent, secondFactor, session, signInLink } from "@pinhole/drizzle/schema";
import { countRows, insertUser } from "@pinhole/drizzle/testing";
import { ok } from "@pinhole/protocol";
import { describe, expect, test, vi } from "vitest";
import { checkSession } from "../auth/check-session.ts";
import { setPassword } from "../auth/set-password.ts";
import { type LinkAttempt, LINK_MS, makeSignInLink, signInWithLink } from "../auth/sign-in-link.ts";
import { newMailer } from "../mail/mailer.ts";
import { MailServer } from "../mail/testing.ts";
import { replaceRecoveryCodes } from "../second-factor/recovery-codes.ts";
import { newTestServer } from "../testing.ts";

const url = "https://pinhole.example";
const email = "ana@example.test";

describe("a link to sign in with", () => {
  test("is mailed to an account, leads to the server's own address, and lets in once", async () => {
    await using mails = await MailServer.start();
    const { server, use } = newServer(newMailer(mails.settings));
    await server.as("nobody").signIn.mailLink({ email: " ANA@example.test" });
    const { to, source } = await mails.mail();
    expect(to).toEqual([email]);
    const secret = /https:\/\/pinhole\.example\/login\/link\/([\w-]{43})/.exec(plain(source))?.[1] ?? "";
    expect(JSON.stringify(server.db.select().from(signInLink).all())).not.toContain(secret);
    const opened = use({ secret });
    if (!opened.ok) throw new Error(opened.error);
    expect(checkSession(server.db, opened.value.sessionId, server.clock.now)?.user.email).toBe(email);
    expect(use({ secret })).toEqual({ ok: false, error: "link-over" });
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "user.mail-link", teamId: null },
      { action: "session.open", after: { by: "mail-link" } },
    ]);
  });

  test("for an address without an account gets the same answer, and nothing is sent or written", async () => {
    await using mails = await MailServer.start();
    const { server } = newServer(newMailer(mails.settings));
    const answers = [];
    for (const each of ["eve@example.test", email])
      answers.push(await server.as("nobody").signIn.mailLink({ email: each }));
    expect(answers).toEqual([undefined, undefined]);
    expect((await mails.mail()).to).toEqual([email]);
    expect(mails.mails).toHaveLength(1);
    expect(countRows(server.db, signInLink)).toBe(1);
  });

  test("is asked for before anything is read or written: the answer takes no longer for an account", async () => {
    const send = vi.fn(async () => ok(null));
    const { server } = newServer({ send });
    await server.as("nobody").signIn.mailLink({ email });
    expect(countRows(server.db, signInLink)).toBe(0);
    await vi.waitFor(() => expect(send).toHaveBeenCalledOnce());
  });

  test("is asked for by one address four times, account or not, and by one network ten times", async () => {
    const { server } = newServer({ send: async () => ok(null) });
    const ask = (to: string) => outcome(server.as("nobody").signIn.mailLink({ email: to }));
    for (const to of [email, "eve@example.test"]) {
      const answers = [];
      for (let n = 0; n < 5; n++) answers.push(await ask(to));
      expect(answers).toEqual(["ok", "ok", "ok", "ok", "too-many-tries"]);
    }
    expect(await ask("somebody@example.test")).toBe("too-many-tries");
  });

  test("needs a mail server", async () => {
    const server = newTestServer();
    expect(await server.as("nobody").signIn.ways()).toMatchObject({ mailLink: false });
    await expect(server.as("nobody").signIn.mailLink({ email })).rejects.toThrow("mail-off");
  });

  test.each(["", "x", "x".repeat(43), "%00".repeat(20), "ü".repeat(43)])("is none in %j", (secret) => {
    expect(newServer().use({ secret })).toEqual({ ok: false, error: "link-over" });
  });

  test("ends after fifteen minutes, and with a new password", () => {
    const { server, use, made, account } = newServer();
    const late = made();
    server.clock.now = new Date(server.clock.now.getTime() + LINK_MS);
    expect(use({ secret: late })).toEqual({ ok: false, error: "link-over" });
    const old = made();
    const author = { kind: "command-line", id: null, name: "root", address: null } as const;
    setPassword(server.db, author, { userId: account.id, passwordHash: "none" }, server.clock.now);
    expect(use({ secret: old })).toEqual({ ok: false, error: "link-over" });
  });

  test("ends the others of its account", () => {
    const { use, made } = newServer();
    const [first, second] = [made(), made()];
    expect(use({ secret: second }).ok).toBe(true);
    expect(use({ secret: first }).ok).toBe(false);
  });

  test("asks for the second factor, and is not used up by a wrong code", () => {
    const { server, use, made, account } = newServer();
    const confirmed = { userId: account.id, sealedSecret: "none", confirmedAt: server.clock.now };
    server.db.insert(secondFactor).values(confirmed).run();
    const [code = ""] = server.db.transaction((tx) => replaceRecoveryCodes(tx, account.id, server.clock.now));
    const secret = made();
    expect(use({ secret })).toEqual({ ok: false, error: "code-needed" });
    expect(use({ secret, code: "000000" })).toEqual({ ok: false, error: "code-wrong" });
    expect(countRows(server.db, session)).toBe(0);
    expect(use({ secret, code }).ok).toBe(true);
  });

  test("is guessed at thirty times from one network, and then not for a while", () => {
    const { use } = newServer();
    const answers = Array.from({ length: 31 }, () => use({ secret: "x".repeat(43) }));
    expect(answers.at(-2)).toMatchObject({ error: "link-over" });
    expect(answers.at(-1)).toMatchObject({ error: "too-many-tries" });
  });
});

function newServer(mailer: Parameters<typeof newTestServer>[1] = null) {
  const server = newTestServer({ url }, mailer);
  const account = insertUser(server.db, { email });
  const sources = server.contextOf("nobody");
  const use = (fields: Pick<LinkAttempt, "secret" | "code">) =>
    signInWithLink(sources, { address: "192.0.2.1", userAgent: "test", ...fields });
  const made = () => makeSignInLink(server.db, { userId: account.id, by: "mail" }, server.clock.now);
  return { server, account, use, made };
}

const plain = (source: string) => source.replace(/=\r\n/g, "");

const outcome = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "ok",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
