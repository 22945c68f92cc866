import { createHash } from "node:crypto";
import { auditEvent, enrollmentToken } from "@pinhole/drizzle/schema";
import { insertDevice, insertEnrollmentToken, insertPairPath } from "@pinhole/drizzle/testing";
import { parseEnrollmentToken } from "@pinhole/protocol";
import { describe, expect, test } from "vitest";
import { loadServerKeys } from "../keys.ts";
import { NOW, newTestServer } from "../testing.ts";

describe("token.create", () => {
  test("answers with a token whose secret is nowhere else", async () => {
    const server = newTestServer();
    const { token, command, visiblePrefix } = await server
      .as("admin")
      .token.create({ team: "ours", name: "lab", tags: ["tag:b", "tag:a", "tag:b"] });
    const parsed = parseEnrollmentToken(token);
    if (!parsed.ok) throw new Error("not a token");
    const [row] = server.db.select().from(enrollmentToken).all();
    expect(row).toMatchObject({
      lookup: Buffer.from(parsed.value.id).toString("hex"),
      secretHash: createHash("sha256").update(parsed.value.secret).digest("hex"),
      maxUses: 1,
      tags: ["tag:a", "tag:b"],
    });
    expect(parsed.value.fingerprint).toEqual(loadServerKeys(server.db).fingerprint);
    expect(command).toBe(`printf %s '${token}' | sudo sh -c "$(curl -fsSL http://pinhole.test/install.sh)"`);
    expect(token.startsWith(visiblePrefix)).toBe(true);
    const everything = JSON.stringify([
      server.db.select().from(enrollmentToken).all(),
      server.db.select().from(auditEvent).all(),
    ]);
    expect(everything).not.toContain(token.slice(visiblePrefix.length + 2, -26));
  });

  test.each([
    ["no uses", { maxUses: 0 }],
    ["half a use", { maxUses: 1.5 }],
    ["uses without end", { maxUses: 1e9 }],
    ["a moment", { expiresInMs: 59_999 }],
    ["forever", { expiresInMs: 366 * 86_400_000 }],
    ["a tag that is none", { tags: ["server"] }],
    ["too many tags", { tags: Array.from({ length: 17 }, (_, n) => `tag:t${n}`) }],
    ["a name with a line break", { name: "a\nb" }],
    ["a name that hides", { name: "a\u200bb" }],
  ])("refuses %s", async (_, fields) => {
    const server = newTestServer();
    await expect(server.as("owner").token.create({ team: "ours", ...fields })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });
});

describe("token.list", () => {
  test("says of each what it is still good for, and never its hash", async () => {
    const server = newTestServer();
    const add = (name: string, fields: object) =>
      insertEnrollmentToken(server.db, {
        teamId: server.team.id,
        name,
        expiresAt: new Date(NOW.getTime() + 1),
        ...fields,
      });
    add("usable", {});
    add("expired", { expiresAt: NOW });
    add("used-up", { uses: 1 });
    add("revoked", { uses: 1, revokedAt: NOW, expiresAt: NOW });
    insertEnrollmentToken(server.db, { teamId: server.otherTeam.id, name: "theirs" });
    const tokens = await server.as("admin").token.list({ team: "ours" });
    expect(tokens).toHaveLength(4);
    for (const { name, status } of tokens) expect(status).toBe(name);
    expect(Object.keys(tokens[0]!)).not.toContain("secretHash");
  });
});

describe("token.revoke", () => {
  test("leaves the devices that it enrolled alone", async () => {
    const server = newTestServer();
    const token = insertEnrollmentToken(server.db, { teamId: server.team.id, uses: 1 });
    insertDevice(server.db, { teamId: server.team.id, enrolledWith: token.id });
    await server.as("admin").token.revoke({ team: "ours", tokenId: token.id });
    const { devices } = await server.as("admin").device.list({ team: "ours" });
    expect(devices.map(({ status }) => status)).toEqual(["never-connected"]);
    await expect(server.as("admin").token.revoke({ team: "ours", tokenId: token.id })).rejects.toMatchObject({
      message: "token-already-revoked",
    });
  });
});

describe("token.progress", () => {
  test("follows a device from its registration to its first path", async () => {
    const server = newTestServer();
    const { db, hub, team } = server;
    const admin = server.as("admin");
    const token = insertEnrollmentToken(db, { teamId: team.id, expiresAt: new Date(NOW.getTime() + 1_000) });
    const progress = () => admin.token.progress({ team: "ours", tokenId: token.id });
    expect(await progress()).toMatchObject({ status: "usable", uses: 0, devices: [] });

    const device = insertDevice(db, { teamId: team.id, enrolledWith: token.id });
    expect((await progress()).devices).toMatchObject([
      { id: device.id, online: false, natProfile: null, firstPath: null, hasPeers: false },
    ]);

    hub.online.set(device.id, NOW);
    const [relayed, direct] = [
      insertDevice(db, { teamId: team.id }),
      insertDevice(db, { teamId: team.id, name: "nas" }),
    ];
    insertPairPath(db, { teamId: team.id, deviceId: device.id, peerId: relayed.id, path: { kind: "relay", since: 0 } });
    insertPairPath(db, { teamId: team.id, deviceId: device.id, peerId: direct.id });
    expect((await progress()).devices).toMatchObject([
      { online: true, hasPeers: true, firstPath: { peer: { name: "nas" }, path: { kind: "direct" } } },
    ]);
  });
});
