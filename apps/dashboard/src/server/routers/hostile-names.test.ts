/**
 * A thousand names that somebody might give out of malice, through everything that takes one: refused with words for the
 * field and without a trace, or kept as text that harms no page, file, log or header.
 */
import { randomBytes } from "node:crypto";
import { auditEvent, device, user, webhookDelivery } from "@pinhole/drizzle/schema";
import {
  insertDevice,
  insertInvite,
  insertMembership,
  insertPasskey,
  insertPolicyVersion,
  insertUser,
} from "@pinhole/drizzle/testing";
import { isVisible, toBase64Url } from "@pinhole/protocol";
import { enrollInputSchema, attemptTraceSchema } from "@pinhole/protocol/control";
import { hostileNames } from "@pinhole/protocol/hostile-names";
import { DEFAULT_POLICY, parsePolicy } from "@pinhole/protocol/policy";
import { TRPCError } from "@trpc/server";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import * as z from "zod";
import { enrollDevice } from "../devices/enroll-device.ts";
import { hashInviteSecret } from "../invites/invite-secret.ts";
import { logLine } from "../log-line.ts";
import { openSession } from "../sessions/sessions.ts";
import { createTeam } from "../teams/create-team.ts";
import { displayNameSchema } from "../display-name.ts";
import { ACTOR, NOW, newTestServer, type TestServer } from "../testing.ts";
import { newThrottles } from "../throttles.ts";
import { createCaller } from "./index.ts";

const NAMES = hostileNames(1_050, 1);
const KINDS = new Set(NAMES.map(({ kind }) => kind)).size;
/** One of each kind, where each costs the hash of a password. */
const FEW = NAMES.slice(0, KINDS);
const RAW = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Seconds, unless the machine is busy with others. */
const SLOW_MS = 180_000;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

test("the names are a thousand and more, and hardly any twice", () => {
  expect(KINDS).toBe(21);
  expect(new Set(NAMES.map(({ name }) => name)).size).toBeGreaterThan(900);
});

test("a device enrolls under a label, whatever it wishes, and says of its machine what can be seen", {
  timeout: SLOW_MS,
}, async () => {
  const server = newTestServer();
  const { token } = await server.as("owner").token.create({ team: "ours", name: "all", maxUses: NAMES.length });
  for (const { name } of NAMES) {
    const read = readEnrollment(token, name);
    if (!read.success) {
      expect(name.length === 0 || name.length > 63, JSON.stringify(name)).toBe(true);
      continue;
    }
    const enrolled = enrollDevice(server.db, { ...read.data, address: "192.0.2.9" }, NOW);
    expect(enrolled.ok && enrolled.value.output.name).toMatch(LABEL);
  }
  const rows = server.db.select().from(device).all();
  expect(rows.length).toBeGreaterThan(900);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  const said = rows.map(({ hostname, os, arch, agentVersion }) => `${hostname}${os}${arch}${agentVersion}`);
  expect(said.filter((text) => RAW.test(text))).toEqual([]);
});

test("renaming a device takes a label and nothing else", { timeout: SLOW_MS }, async () => {
  const server = newTestServer();
  const { id: deviceId } = insertDevice(server.db, { teamId: server.team.id, name: "nas" });
  const owner = server.as("owner");
  const taken = await tryEach(server, (name) => owner.device.rename({ team: "ours", deviceId, name }));
  expect(taken.filter((name) => !LABEL.test(name))).toEqual([]);
});

test("tokens, API tokens, webhooks, passkeys and teams take a name that can be seen, and say of another what is wrong", {
  timeout: SLOW_MS,
}, async () => {
  const server = newTestServer();
  const { db } = server;
  const owner = server.as("owner");
  const team = "ours";
  const expiresInMs = 60_000;
  const taken = await tryEach(server, (name) => owner.token.create({ team, name, expiresInMs }));
  const apiTokens = await tryEach(server, async (name) => {
    const { id } = await owner.apiToken.create({ team, name, scopes: ["team.view"], expiresInMs });
    await owner.apiToken.revoke({ team, apiTokenId: id });
  });
  const webhooks = await tryEach(server, async (name) => {
    const { id } = await owner.webhook.create({ team, name, url: "https://hooks.example/", topics: ["device"] });
    await owner.webhook.test({ team, webhookId: id });
    await owner.webhook.remove({ team, webhookId: id });
  });
  const context = server.contextOf("member");
  const { id: passkeyId } = insertPasskey(db, { userId: context.signedIn()!.user.id });
  const holder = createCaller(context);
  const passkeys = await tryEach(server, (name) => holder.passkey.rename({ passkeyId, name }));
  const teams: string[] = [];
  for (const { name } of FEW) {
    const read = displayNameSchema.safeParse(name);
    if (!read.success) continue;
    const made = db.transaction((tx) => createTeam(tx, ACTOR, { name: read.data, ownerId: insertUser(db).id }, NOW));
    expect(made.slug).toMatch(LABEL);
    teams.push(made.name);
  }
  expect(taken.length).toBeGreaterThan(400);
  expect([apiTokens, webhooks, passkeys]).toEqual([taken, taken, taken]);
  for (const name of [...taken, ...teams]) expect(isVisible(name.trim()), JSON.stringify(name)).toBe(true);
});

test("a person joins under a name that can be seen, and is told apart by the address", async () => {
  const server = newTestServer();
  const { db, team } = server;
  const context = server.contextOf("nobody");
  const register = (name: string, n: number) => {
    const secret = n.toString().padStart(43, "x");
    insertInvite(db, { teamId: team.id, secretHash: hashInviteSecret(secret), expiresAt: new Date(NOW.getTime() + 1) });
    const caller = createCaller({ ...context, throttles: newThrottles() });
    return caller.invite.register({ secret, name, email: `p${n}@example.test`, password: "correct horse battery" });
  };
  for (const [n, { name }] of FEW.entries()) {
    const error = await register(name, n).then(() => null, asTrpcError);
    const row = db
      .select()
      .from(user)
      .where(eq(user.email, `p${n}@example.test`))
      .get();
    if (error === null) expect(row !== undefined && isVisible(row.name)).toBe(true);
    else expect([error.code, row]).toEqual(["BAD_REQUEST", undefined]);
    // An address of that kind is none, or one that a header can carry.
    const address = await register("Ana", 100 + n).then(() => null, asTrpcError);
    expect(address).toBeNull();
    const invited = await server
      .as("owner")
      .invite.create({ team: "ours", role: "member", email: name })
      .catch(() => null);
    expect(invited?.email ?? "").toMatch(/^[\x21-\x7e]*$/);
  }
});

test("remarks, notes of agents and names of browsers are shown as what can be seen of them", async () => {
  const server = newTestServer();
  const { db, team } = server;
  insertPolicyVersion(db, { teamId: team.id, document: DEFAULT_POLICY });
  const owner = server.as("owner");
  for (const [index, { name }] of FEW.entries()) {
    await owner.policy.save({ team: "ours", document: DEFAULT_POLICY, message: name.slice(0, 500), base: index + 1 });
    const [latest] = await owner.policy.versions({ team: "ours" });
    expect(latest?.message).not.toMatch(RAW);
    const { userAgent } = openSession(db, { userId: insertUser(db).id, userAgent: name, address: "192.0.2.1" }, NOW);
    expect(userAgent).not.toMatch(RAW);
  }
  const note = attemptTraceSchema.shape.events.element.shape.note;
  for (const { name } of NAMES) expect(note.safeParse(name.slice(0, 80)).data).not.toMatch(RAW);
});

test("a policy takes none of them for a name, and says why without repeating what cannot be seen", () => {
  for (const { name } of NAMES) {
    const texts = [
      `// ${name.replace(/[\r\n]/g, " ")}\n{"grants": []}`,
      JSON.stringify({ groups: { [`group:${name}`]: [] } }),
      JSON.stringify({ groups: { "group:a": [name, `${name}@example.test`] } }),
      JSON.stringify({ [name]: 1 }),
    ];
    const [comment, ...others] = texts.map((text) => parsePolicy(text));
    // In a comment, whoever reviews it must see the order that it is in.
    expect(comment?.ok, JSON.stringify(name)).toBe(!/\p{Bidi_Control}|[^\P{Cc}\t]/u.test(name.replace(/[\r\n]/g, " ")));
    for (const read of others) if (!read.ok) expect(read.error.message).not.toMatch(RAW);
    for (const read of others.slice(0, 1)) if (read.ok) expect(`group:${name}`).toMatch(/^group:[a-z][a-z0-9-]*$/);
  }
});

test("what the log of activity is exported as, webhooks are told and the server's own log says is text", {
  timeout: SLOW_MS,
}, async () => {
  const server = newTestServer();
  const { db } = server;
  const owner = server.as("owner");
  await owner.webhook.create({ team: "ours", name: "all", url: "https://hooks.example/", topics: ["device"] });
  const member = insertUser(db, { name: "=cmd|' /C calc'!A0" });
  insertMembership(db, { teamId: server.team.id, userId: member.id, role: "member" });
  const taken = await tryEach(server, (name) => owner.token.create({ team: "ours", name, expiresInMs: 60_000 }));
  const { token } = await owner.token.create({ team: "ours", name: "all", maxUses: 10 * KINDS });
  for (const { name } of NAMES.slice(0, 10 * KINDS)) {
    const read = readEnrollment(token, name);
    if (read.success) enrollDevice(db, { ...read.data, address: "192.0.2.9" }, NOW);
  }

  const csv = await owner.activity.export({ team: "ours", format: "csv" });
  const cells = readCsv(csv);
  expect(new Set(cells.map((row) => row.length))).toEqual(new Set([10]));
  expect(cells.flat().filter((cell) => /^\s*[=+\-@＝＋－＠\t\r\n]/.test(cell))).toEqual([]);
  const shown = new Set(cells.flat());
  expect(taken.filter((name) => !shown.has(name) && !shown.has(`'${name}`))).toEqual([]);
  const json = JSON.parse(await owner.activity.export({ team: "ours", format: "json" })) as { object_name?: string }[];
  expect(json).toHaveLength(db.select().from(auditEvent).all().length - 1);

  const bodies = db.select().from(webhookDelivery).all();
  expect(bodies.length).toBeGreaterThan(9 * KINDS);
  for (const { body, event } of bodies) {
    expect(body).not.toMatch(RAW);
    expect(JSON.parse(body)).toMatchObject({ event });
  }
  for (const { name } of NAMES) {
    const line = logLine({ level: "error", what: name, error: name });
    expect(line).not.toMatch(RAW);
    expect(JSON.parse(line)).toEqual({ level: "error", what: name, error: name });
  }
});

function readEnrollment(token: string, name: string) {
  const host = {
    os: name.slice(0, 64),
    arch: name.slice(0, 32),
    hostname: name.slice(0, 255),
    agentVersion: name.slice(0, 32),
  };
  const [identityKey, nodeKey] = [toBase64Url(randomBytes(32)), toBase64Url(randomBytes(32))];
  const signature = toBase64Url(new Uint8Array(64));
  return enrollInputSchema.safeParse({ token, name, identityKey, nodeKey, signature, host });
}

/** Which names were taken. A refused one says what is wrong with the field, and leaves nothing behind. */
async function tryEach({ db }: TestServer, use: (name: string) => Promise<unknown>, names = NAMES): Promise<string[]> {
  const changes = db.$client.prepare("select total_changes()").pluck();
  const taken: string[] = [];
  for (const { name } of names) {
    const before = changes.get();
    const error = await use(name).then(() => null, asTrpcError);
    if (error === null) {
      taken.push(name.trim().normalize("NFC"));
      continue;
    }
    expect(error.code, JSON.stringify(name)).toBe("BAD_REQUEST");
    expect(z.flattenError(error.cause as z.ZodError<{ name: string }>).fieldErrors.name?.[0]).toBeTruthy();
    expect(changes.get()).toBe(before);
  }
  return taken;
}

function asTrpcError(error: unknown): TRPCError {
  if (error instanceof TRPCError) return error;
  throw error;
}

/** RFC 4180, as a spreadsheet reads it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows;
}
