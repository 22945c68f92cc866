import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { newMailer } from "./mailer.ts";
import { MailServer, settingsFor, startHangingServer } from "./testing.ts";

const MAIL = { to: "otto@example.net", subject: "Hello", text: "plain words", html: "<p>words</p>" };
const CREDENTIALS = { user: "pinhole", password: "s3cret" };

let certificate: { readonly key: string; readonly cert: string };
const directory = mkdtempSync(join(tmpdir(), "pinhole-mail-"));
beforeAll(() => {
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=mail";
  execFileSync(
    "openssl",
    [...request.split(" "), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
    {
      stdio: "ignore",
    },
  );
  certificate = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
});
afterAll(() => rmSync(directory, { recursive: true }));

const logged: string[] = [];
beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(logged.join("\n")).not.toContain(CREDENTIALS.password);
});

describe("a mail", () => {
  test("arrives as plain words and as HTML, from who was named", async () => {
    await using server = await MailServer.start();
    expect(await newMailer(server.settings).send(MAIL)).toEqual({ ok: true, value: null });
    const { to, source } = await server.mail();
    expect(to).toEqual(["otto@example.net"]);
    expect(source).toMatch(/^From: Pinhole <pinhole@example\.net>\r$/m);
    expect(source).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(source).toContain("plain words");
    expect(source).toContain("<p>words</p>");
  });

  test("goes to one address, whatever signs of a list are in it", async () => {
    await using server = await MailServer.start();
    await newMailer(server.settings).send({ ...MAIL, to: '"a, eve@example.net"@example.net' });
    expect(server.mails.flatMap(({ to }) => to).filter((to) => to === "eve@example.net")).toEqual([]);
  });

  test("to an address that the server refuses is not sent", async () => {
    await using server = await MailServer.start({ onRcptTo: (_, __, done) => done(new Error("no such box")) });
    expect(await newMailer(server.settings).send(MAIL)).toEqual({ ok: false, error: "address-refused" });
  });

  test("from an address that the server refuses is not sent", async () => {
    await using server = await MailServer.start({ onMailFrom: (_, __, done) => done(new Error("not from you")) });
    expect(await newMailer(server.settings).send(MAIL)).toEqual({ ok: false, error: "sender-refused" });
  });

  test("that the server refuses at its end is not sent", async () => {
    await using server = await MailServer.start({
      onData: (stream, _, done) => void stream.resume().on("end", () => done(new Error("looks like spam"))),
    });
    expect(await newMailer(server.settings).send(MAIL)).toEqual({ ok: false, error: "refused" });
  });

  test("to a server that is not there is not sent", async () => {
    const server = await MailServer.start();
    const { settings } = server;
    await server[Symbol.asyncDispose]();
    expect(await newMailer(settings).send(MAIL)).toEqual({ ok: false, error: "no-connection" });
  });

  test("to a name without an address is not sent", async () => {
    const settings = { ...settingsFor({ port: 25 }), host: "nowhere.invalid" };
    expect(await newMailer(settings).send(MAIL)).toEqual({ ok: false, error: "name-not-found" });
  });

  test.each([
    ["says nothing", undefined],
    ["never comes to the end of its greeting", "220-wait\r\n"],
  ])("to a server that %s is given up in time", async (_, chunk) => {
    await using server = await startHangingServer(chunk);
    const startedAt = performance.now();
    const sent = await newMailer(server.settings, { timeoutMs: 300 }).send(MAIL);
    expect(sent).toEqual({ ok: false, error: "timeout" });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe("a mail server that wants a password", () => {
  const onAuth = authOf(CREDENTIALS);

  test("gets it over STARTTLS", async () => {
    await using server = await MailServer.start({ ...certificate, disabledCommands: [], authOptional: false, onAuth });
    const settings = { ...server.settings, credentials: CREDENTIALS };
    expect(await newMailer(settings, { ca: certificate.cert }).send(MAIL)).toEqual({ ok: true, value: null });
    expect(server.mails).toHaveLength(1);
  });

  test("gets it over TLS from the first byte", async () => {
    await using server = await MailServer.start({ ...certificate, secure: true, authOptional: false, onAuth });
    const settings = { ...server.settings, isSecure: true, credentials: CREDENTIALS };
    expect(await newMailer(settings, { ca: certificate.cert }).send(MAIL)).toEqual({ ok: true, value: null });
  });

  test("does not get it in the clear: whoever is on the way could hide STARTTLS", async () => {
    const asked = vi.fn(onAuth);
    await using server = await MailServer.start({ authOptional: false, onAuth: asked, allowInsecureAuth: true });
    const settings = { ...server.settings, credentials: CREDENTIALS };
    expect(await newMailer(settings).send(MAIL)).toEqual({ ok: false, error: "no-tls" });
    expect(asked).not.toHaveBeenCalled();
  });

  test("does not get it from behind a certificate that nobody vouches for", async () => {
    const asked = vi.fn(onAuth);
    await using server = await MailServer.start({
      ...certificate,
      disabledCommands: [],
      authOptional: false,
      onAuth: asked,
    });
    const settings = { ...server.settings, credentials: CREDENTIALS };
    expect(await newMailer(settings).send(MAIL)).toEqual({ ok: false, error: "bad-certificate" });
    expect(asked).not.toHaveBeenCalled();
  });

  test("and refuses it is named as such", async () => {
    await using server = await MailServer.start({ ...certificate, disabledCommands: [], authOptional: false, onAuth });
    const settings = { ...server.settings, credentials: { ...CREDENTIALS, password: "another s3cret" } };
    expect(await newMailer(settings, { ca: certificate.cert }).send(MAIL)).toEqual({
      ok: false,
      error: "sign-in-refused",
    });
  });
});

type OnAuth = NonNullable<NonNullable<Parameters<typeof MailServer.start>[0]>["onAuth"]>;

function authOf({ user, password }: typeof CREDENTIALS): OnAuth {
  return ({ username, password: given }, _, done) =>
    username === user && given === password ? done(null, { user }) : done(new Error("not you"));
}
