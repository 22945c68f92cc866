import { verify } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDb } from "@pinhole/drizzle";
import { auditEvent, enrollmentToken, secondFactor, session, team, user } from "@pinhole/drizzle/schema";
import { insertSession, openTestDb } from "@pinhole/drizzle/testing";
import { deviceIdFromBytes, parseEnrollmentToken, teamIdFromBytes } from "@pinhole/protocol";
import { decodeTicket, relayTicketSignatureInput } from "@pinhole/protocol/relay";
import { importIdentityKey, issueTicket } from "@pinhole/relay";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { MailSettings } from "../mail-settings.ts";
import { verifyPassword } from "../server/auth/password.ts";
import { loadServerKeys } from "../server/keys.ts";
import { MailServer } from "../server/mail/testing.ts";
import { NOW } from "../server/testing.ts";
import { must } from "../server/start-problem.ts";
import { ExitCode } from "./command.ts";
import { runAdmin } from "./run-admin.ts";

const SETUP = ["setup", "--email", "Ana@Example.test", "--password-file", "pw", "--team", "Acme"];
const PASSWORD = "correct horse";
const TICKET = {
  expiresAt: NOW.getTime(),
  deviceId: deviceIdFromBytes(new Uint8Array(16)),
  teamId: teamIdFromBytes(new Uint8Array(16)),
  identityKey: new Uint8Array(32),
  peers: [],
};

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pinhole-admin-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("admin setup", () => {
  test("makes the owner with the password in the file, less its line end", async () => {
    const admin = newAdmin();
    expect(await admin.run(...SETUP)).toBe(ExitCode.Ok);
    const [owner] = admin.db.select().from(user).all();
    expect(owner).toMatchObject({ email: "ana@example.test", name: "ana" });
    expect(await verifyPassword(PASSWORD, owner!.passwordHash)).toBe(true);
    expect(admin.db.select().from(auditEvent).all()).toMatchObject([
      { actorKind: "command-line", action: "team.create" },
    ]);
  });

  test("is refused a second time", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    expect(await admin.run(...SETUP)).toBe(ExitCode.Failed);
    expect(admin.db.select().from(user).all()).toHaveLength(1);
  });
});

describe("admin mail test", () => {
  test("hands a mail to the server of the settings", async () => {
    await using mails = await MailServer.start();
    const admin = newAdmin(mails.settings);
    expect(await admin.run("mail", "test", "--to", "ana@example.test")).toBe(ExitCode.Ok);
    expect((await mails.mail()).to).toEqual(["ana@example.test"]);
  });

  test("says why a mail was not taken", async () => {
    await using mails = await MailServer.start({ onRcptTo: (_, __, done) => done(new Error("no such box")) });
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const admin = newAdmin(mails.settings);
    expect(await admin.run("mail", "test", "--to", "ana@example.test")).toBe(ExitCode.Failed);
    expect(admin.stderr.join()).toContain("does not take mail to this address");
    vi.restoreAllMocks();
  });

  test("needs a mail server and an address", async () => {
    expect(await newAdmin().run("mail", "test", "--to", "ana@example.test")).toBe(ExitCode.Failed);
    expect(await newAdmin().run("mail", "test", "--to", "ana")).toBe(ExitCode.Usage);
    expect(await newAdmin().run("mail", "test")).toBe(ExitCode.Usage);
  });
});

describe("admin reset-second-factor", () => {
  test("makes the password enough, and says so where it was already", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    const { id: userId } = admin.db.select().from(user).get()!;
    admin.db.insert(secondFactor).values({ userId, sealedSecret: "x", confirmedAt: NOW }).run();
    const reset = () => admin.run("reset-second-factor", "--email", "ana@example.test");
    expect(await reset()).toBe(ExitCode.Ok);
    expect(admin.db.select().from(secondFactor).all()).toEqual([]);
    expect(admin.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      actorKind: "command-line",
      action: "second-factor.off",
    });
    expect(await reset()).toBe(ExitCode.Failed);
    expect(await admin.run("reset-second-factor")).toBe(ExitCode.Usage);
  });
});

describe("admin token create", () => {
  test("prints a token of this server, and only that", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    admin.stdout.length = 0;
    expect(
      await admin.run(
        "token",
        "create",
        "--team",
        "acme",
        "--uses",
        "3",
        "--expires",
        "2h",
        "--tag",
        "tag:b",
        "--tag",
        "tag:a",
        "--ephemeral",
        "--json",
      ),
    ).toBe(ExitCode.Ok);
    const { token } = JSON.parse(admin.stdout.join(""));
    const parsed = parseEnrollmentToken(token);
    expect(parsed.ok && parsed.value.fingerprint).toEqual(loadServerKeys(admin.db).fingerprint);
    expect(admin.db.select().from(enrollmentToken).all()).toMatchObject([
      { maxUses: 3, tags: ["tag:a", "tag:b"], ephemeral: true, expiresAt: new Date(NOW.getTime() + 7_200_000) },
    ]);
  });

  test("takes a team by its name as well, unless two have it", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    expect(await admin.run("token", "create", "--team", "Acme")).toBe(ExitCode.Ok);
    expect(await admin.run("token", "create", "--team", "Globex")).toBe(ExitCode.Failed);
  });
});

describe("admin team create", () => {
  test("makes another team for somebody who has an account, and prints its address", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    const { email } = admin.db.select().from(user).get()!;
    expect(await admin.run("team", "create", "--name", "Work shop", "--owner", email.toUpperCase())).toBe(ExitCode.Ok);
    expect(admin.stdout.at(-1)).toBe("work-shop");
    expect(admin.db.select().from(team).all()).toMatchObject([{ slug: "acme" }, { name: "Work shop" }]);
    expect(admin.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      actorKind: "command-line",
      action: "team.create",
    });
  });

  test.each([
    [[], ExitCode.Usage],
    [["--name", "Workshop"], ExitCode.Usage],
    [["--name", "a\nb", "--owner", "ana@example.net"], ExitCode.Usage],
    [["--name", "Workshop", "--owner", "nobody@example.net"], ExitCode.Failed],
  ])("with %j makes none", async (flags, code) => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    expect(await admin.run("team", "create", ...flags)).toBe(code);
    expect(admin.db.select().from(team).all()).toHaveLength(1);
  });
});

describe("admin team configure", () => {
  test("switches spraying, in the name of who is at the machine", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    expect(await admin.run("team", "configure", "--team", "acme", "--spraying", "off")).toBe(ExitCode.Ok);
    expect(admin.stdout.at(-1)).toBe(
      "Acme: spraying is off, approval off, keys last for ever, unseen devices stay for ever.",
    );
    expect(admin.db.select().from(team).all()).toMatchObject([{ maySpray: false }]);
    expect(admin.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      actorKind: "command-line",
      action: "team.configure",
      after: { maySpray: false },
    });
  });

  test.each([
    [[], ExitCode.Usage],
    [["--team", "acme"], ExitCode.Usage],
    [["--team", "acme", "--spraying", "constructor"], ExitCode.Usage],
    [["--team", "globex", "--spraying", "on"], ExitCode.Failed],
  ])("with %j changes nothing", async (flags, code) => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    expect(await admin.run("team", "configure", ...flags)).toBe(code);
    expect(admin.db.select().from(team).all()).toMatchObject([{ maySpray: true }]);
  });
});

describe("admin backup", () => {
  test("writes a whole copy for its owner alone, and never over something", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    expect(await admin.run("backup", "copy.db")).toBe(ExitCode.Ok);
    const file = join(folder, "copy.db");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copy = openDb(file);
    expect(copy.select().from(user).all()).toHaveLength(1);
    copy.$client.close();
    expect(await admin.run("backup", "copy.db")).toBe(ExitCode.Failed);
    expect(existsSync(`${file}.unfinished`)).toBe(false);
  });
});

describe("admin reset-password", () => {
  test("prints a password that works, and ends every session", async () => {
    const admin = newAdmin();
    await admin.run(...SETUP);
    const [owner] = admin.db.select().from(user).all();
    insertSession(admin.db, { userId: owner!.id });
    admin.stdout.length = 0;
    expect(await admin.run("reset-password", "--email", "ana@example.test")).toBe(ExitCode.Ok);
    const [changed] = admin.db.select().from(user).all();
    expect(await verifyPassword(admin.stdout.join(""), changed!.passwordHash)).toBe(true);
    expect(admin.db.select().from(session).all()).toMatchObject([{ revokedAt: NOW }]);
  });

  test("fails for an account that there is none of", async () => {
    expect(await newAdmin().run("reset-password", "--email", "eve@example.test")).toBe(ExitCode.Failed);
  });
});

describe("admin relay-key", () => {
  test("prints the key that relays check this server's tickets with, and only that", async () => {
    const admin = newAdmin();
    expect(await admin.run("relay-key")).toBe(ExitCode.Ok);
    expect(await admin.run("relay-key", "--json")).toBe(ExitCode.Ok);
    const [key = "", json = ""] = admin.stdout;
    expect(JSON.parse(json)).toEqual({ key });
    const ticket = issueTicket(loadServerKeys(admin.db).relay.privateKey, TICKET);
    const { body, signature } = must(decodeTicket(ticket));
    const publicKey = importIdentityKey(key);
    expect(publicKey && verify(null, relayTicketSignatureInput(body), publicKey, signature)).toBe(true);
  });
});

describe("admin", () => {
  test.each([
    [[]],
    [["frobnicate"]],
    [["token"]],
    [["setup"]],
    [["setup", "--email", "ana", "--password-file", "pw", "--team", "Acme"]],
    [["setup", "--frobnicate"]],
    [["token", "create"]],
    [["token", "create", "--team", "acme", "--uses", "none"]],
    [["token", "create", "--team", "acme", "--expires", "soon"]],
    [["token", "create", "--team", "acme", "--tag", "server"]],
    [["backup"]],
    [["backup", "a", "b"]],
    [["reset-password"]],
    [["relay-key", "main"]],
  ])("on %j prints the usage and opens nothing", async (argv) => {
    const admin = newAdmin();
    expect(await admin.run(...argv)).toBe(ExitCode.Usage);
    expect(admin.stderr.join("\n")).toContain("usage: npm run -s admin");
    expect(admin.stdout).toEqual([]);
    expect(admin.isOpened()).toBe(false);
  });

  test.each([[["--help"]], [["setup", "--help"]], [["token", "create", "-h"]]])(
    "on %j prints the usage and is done",
    async (argv) => {
      const admin = newAdmin();
      expect(await admin.run(...argv)).toBe(ExitCode.Ok);
      expect(admin.stdout.join("\n")).toContain("usage: npm run -s admin");
    },
  );

  test("says which file it could not read", async () => {
    const admin = newAdmin();
    expect(await admin.run("setup", "--email", "a@x.test", "--password-file", "absent", "--team", "Acme")).toBe(
      ExitCode.Failed,
    );
    expect(admin.stderr.join("\n")).toContain("absent");
  });
});

function newAdmin(mail?: MailSettings) {
  const db = openTestDb();
  const stdout: string[] = [];
  const stderr: string[] = [];
  let isOpened = false;
  const run = (...argv: string[]) =>
    runAdmin(argv, {
      stdout: (line) => stdout.push(line),
      stderr: (line) => stderr.push(line),
      openDb: () => {
        isOpened = true;
        return db;
      },
      readEnv: () => ({ mail, url: "https://pinhole.example" }),
      readFile: (path) => {
        if (path === "pw") return `${PASSWORD}\n`;
        throw Object.assign(new Error(`no such file: ${path}`), { syscall: "open" });
      },
      resolvePath: (path) => join(folder, path),
      now: () => NOW,
      author: { kind: "command-line", id: null, name: "root", address: null },
    });
  return { db, stdout, stderr, run, isOpened: () => isOpened };
}
