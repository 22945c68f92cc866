/** What a plain member sees and does: their own devices, what these may reach, and nothing else of the team. */
import { device, type Device, pairPath } from "@pinhole/drizzle/schema";
import { insertDevice, insertEnrollmentToken, insertPairPath, insertPolicyVersion } from "@pinhole/drizzle/testing";
import { and, eq } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { NOW, newTestServer, type TestServer } from "../testing.ts";
import { createCaller } from "./index.ts";

const team = "ours";

/** Members reach printers; whatever else there is, is for others. */
const POLICY = `{
  "tagOwners": { "tag:printer": [], "tag:vault": [] },
  "grants": [{ "src": ["autogroup:member"], "dst": ["tag:printer"], "ip": ["tcp:631"] }],
}`;

/** Where the printer is. */
const AT = "198.51.100.77:4321";
const NAT = { udp: "ok", mapping: "endpoint-independent", filtering: "unknown", confidence: 1, measuredAt: 0 } as const;

let server: TestServer;
let member: ReturnType<typeof createCaller>;
let context: ReturnType<TestServer["contextOf"]>;
let laptop: Device, printer: Device, vault: Device, colleague: Device;

beforeEach(() => {
  server = newTestServer();
  const { db } = server;
  const teamId = server.team.id;
  insertPolicyVersion(db, { teamId, document: POLICY });
  context = server.contextOf("member");
  member = createCaller(context);
  const add = (name: string, fields: Partial<Device> = {}) => insertDevice(db, { teamId, name, ...fields });
  const ofMember = insertEnrollmentToken(db, { teamId, createdBy: context.signedIn()?.user.id ?? null });
  const ofColleague = insertEnrollmentToken(db, {
    teamId,
    createdBy: server.contextOf("member").signedIn()?.user.id ?? null,
  });
  laptop = add("laptop", { enrolledWith: ofMember.id });
  printer = add("printer", { tags: ["tag:printer"], enrolledWith: ofColleague.id });
  vault = add("vault", { tags: ["tag:vault"] });
  colleague = add("colleague", { enrolledWith: ofColleague.id });
  for (const { id } of [laptop, printer, vault, colleague]) server.hub.online.set(id, NOW);
  const pairs: [Device, Device][] = [
    [laptop, printer],
    [colleague, printer],
    [printer, laptop],
    [printer, colleague],
  ];
  for (const [from, to] of pairs)
    insertPairPath(db, {
      teamId,
      deviceId: from.id,
      peerId: to.id,
      path: { kind: "direct", endpoint: "192.0.2.9:1", since: 0 },
    });
});

describe("a member", () => {
  test("sees their own devices and what these may reach", async () => {
    const { devices } = await member.device.list({ team });
    expect(devices.map(({ name, isOwn }) => [name, isOwn])).toEqual([
      ["laptop", true],
      ["printer", false],
    ]);
    const { connections } = await member.connection.list({ team });
    expect(connections.map(({ a, b }) => [a.name, b.name].toSorted())).toEqual([["laptop", "printer"]]);
  });

  test("of a device that is not theirs, sees nothing about others", async () => {
    const seen = await member.device.get({ team, deviceId: printer.id });
    expect(seen.peers.map(({ peer }) => peer.name)).toEqual(["laptop"]);
    expect(seen.enrolledWith).toBeNull();
    await expect(member.device.metrics({ team, deviceId: printer.id })).rejects.toThrow("device-not-found");
    expect((await member.device.metrics({ team, deviceId: laptop.id })).at.length).toBeGreaterThan(0);
  });

  test("of a device that is not theirs, is not told how many others it talks with", async () => {
    const { paths } = await member.device.get({ team, deviceId: printer.id });
    expect(paths).toEqual({ direct: 1, relay: 0, none: 0 });
    const { devices } = await member.device.list({ team });
    expect(devices.find(({ id }) => id === printer.id)?.paths).toEqual(paths);
    const [seen] = (await server.as("auditor").device.list({ team })).devices.filter(({ id }) => id === printer.id);
    expect(seen?.paths.direct).toBe(2);
  });

  test("of a device that policy keeps on the relay, is not told where it is", async () => {
    const pair = { team, a: laptop.id, b: printer.id };
    server.db
      .update(device)
      .set({ candidates: [{ kind: "host", endpoint: AT }], natProfile: { ...NAT, publicEndpoints: [AT] } })
      .where(eq(device.id, printer.id))
      .run();
    server.db
      .update(pairPath)
      .set({ path: { kind: "direct", endpoint: AT, since: 0 } })
      .where(and(eq(pairPath.deviceId, laptop.id), eq(pairPath.peerId, printer.id)))
      .run();
    expect(JSON.stringify(await member.device.get({ team, deviceId: printer.id }))).toContain(AT);
    expect(JSON.stringify(await member.connection.get(pair))).toContain(AT);
    const document = POLICY.replace(`"ip": ["tcp:631"]`, `"ip": ["tcp:631"], "transport": "relay-only"`);
    insertPolicyVersion(server.db, { teamId: server.team.id, version: 2, document });
    const answers = [
      await member.device.list({ team }),
      await member.device.get({ team, deviceId: laptop.id }),
      await member.device.get({ team, deviceId: printer.id }),
      await member.connection.get(pair),
      await member.connection.list({ team }),
    ];
    expect(JSON.stringify(answers)).not.toContain(AT);
    expect((await member.connection.get(pair)).attempt).toBeNull();
    expect(JSON.stringify(await server.as("auditor").connection.get(pair))).toContain(AT);
  });

  test("who adds a machine is told of no other that it does not reach", async () => {
    const { id: tokenId } = await member.token.create({ team });
    const added = insertDevice(server.db, { teamId: server.team.id, name: "phone", enrolledWith: tokenId });
    insertPairPath(server.db, {
      teamId: server.team.id,
      deviceId: added.id,
      peerId: vault.id,
      path: { kind: "direct", since: 0 },
    });
    expect((await member.token.progress({ team, tokenId })).devices).toMatchObject([
      { hasPeers: true, firstPath: null },
    ]);
    for (const { id } of [printer, laptop]) server.db.delete(device).where(eq(device.id, id)).run();
    expect((await member.token.progress({ team, tokenId })).devices).toMatchObject([{ hasPeers: false }]);
  });

  test("is not told of what they enrolled for the team when they could yet", async () => {
    const { db, team: ours } = server;
    const tokenId = laptop.enrolledWith!;
    insertDevice(db, { teamId: ours.id, name: "safe", tags: ["tag:vault"], enrolledWith: tokenId });
    const answers = [await member.token.list({ team }), await member.token.progress({ team, tokenId })];
    for (const answer of answers) {
      expect(JSON.stringify(answer)).toContain("laptop");
      expect(JSON.stringify(answer)).not.toContain("safe");
    }
  });

  test("is told of nothing else, in any way that it could be asked for", async () => {
    for (const { id } of [vault, colleague]) {
      await expect(member.device.get({ team, deviceId: id })).rejects.toThrow("device-not-found");
      await expect(member.connection.get({ team, a: laptop.id, b: id })).rejects.toThrow("connection-not-found");
      await expect(member.connection.retry({ team, a: laptop.id, b: id })).rejects.toThrow("connection-not-found");
    }
    // Either end is in sight, and the pair is none of theirs.
    await expect(member.connection.get({ team, a: colleague.id, b: printer.id })).rejects.toThrow(
      "connection-not-found",
    );
    const refused = [
      member.policy.get({ team }),
      member.policy.subjects({ team }),
      member.activity.list({ team }),
      member.relay.list({ team }),
      member.connection.matrix({ team }),
      member.member.list({ team }),
    ];
    for (const answer of refused) await expect(answer).rejects.toThrow("role-insufficient");
  });

  test("renames, retries and revokes what is theirs, and only that", async () => {
    await member.device.rename({ team, deviceId: laptop.id, name: "desk" });
    await member.connection.retry({ team, a: laptop.id, b: printer.id });
    expect(server.hub.punches).toEqual([{ initiatorId: laptop.id, peerId: printer.id }]);
    await member.device.revoke({ team, deviceId: laptop.id });
    expect(server.hub.disconnected).toEqual([{ deviceId: laptop.id, reason: "revoked" }]);
    // Somebody may have had a reason: it does not come back without them.
    await expect(member.device.restore({ team, deviceId: laptop.id })).rejects.toThrow("role-insufficient");
    await expect(member.device.rename({ team, deviceId: printer.id, name: "mine" })).rejects.toThrow(
      "device-not-found",
    );
  });

  test("adds one machine at a time, as their own", async () => {
    const { id } = await member.token.create({ team, name: "phone" });
    expect((await member.token.list({ team })).map(({ name }) => name)).toContain("phone");
    expect(await member.token.progress({ team, tokenId: id })).toMatchObject({ name: "phone" });
    for (const more of [{ maxUses: 2 }, { tags: ["tag:printer"] }, { isPreApproved: true }])
      await expect(member.token.create({ team, ...more })).rejects.toThrow("own-device-only");
    await member.token.revoke({ team, tokenId: id });
  });

  test("makes no more tokens than one person needs, and leaves the team's to the others", async () => {
    // With the one that their laptop came with.
    for (let made = 1; made < 20; made++) await member.token.create({ team });
    await expect(member.token.create({ team })).rejects.toThrow("too-many-tokens");
    await server.as("operator").token.create({ team });
  });

  test("sees no token of anybody else, nor what became of it", async () => {
    const { id: tokenId } = await server.as("operator").token.create({ team, name: "servers" });
    expect((await member.token.list({ team })).map(({ name }) => name)).not.toContain("servers");
    await expect(member.token.progress({ team, tokenId })).rejects.toThrow("token-not-found");
    await expect(member.token.revoke({ team, tokenId })).rejects.toThrow("token-not-found");
  });

  test("sees their own devices while the policy cannot be read, and is told that it cannot", async () => {
    insertPolicyVersion(server.db, { teamId: server.team.id, version: 2, document: "{ grants: broken" });
    const { devices, isCut } = await member.device.list({ team });
    expect([devices.map(({ name }) => name), isCut]).toEqual([["laptop"], true]);
    expect(await member.connection.list({ team })).toMatchObject({ connections: [], isCut: true });
    await expect(member.device.get({ team, deviceId: printer.id })).rejects.toThrow("device-not-found");
    expect((await server.as("auditor").device.list({ team })).devices).toHaveLength(4);
    const events = (await member.team.events({ team }))[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ kind: "hello" });
    context.bus.publish({ teamId: server.team.id, kind: "device", deviceId: laptop.id });
    expect((await events.next()).value).toMatchObject({ hints: [{ kind: "devices", ids: [laptop.id] }] });
    await events.return?.();
    // Read again, it is as it was.
    insertPolicyVersion(server.db, { teamId: server.team.id, version: 3, document: POLICY });
    const again = await member.device.list({ team });
    expect([again.devices.length, again.isCut]).toEqual([2, false]);
  });

  test("without a device sees none", async () => {
    const newcomer = server.as("member");
    expect((await newcomer.device.list({ team })).devices).toEqual([]);
    expect((await newcomer.connection.list({ team })).connections).toEqual([]);
  });
});

test("others see whose a device is", async () => {
  const { devices } = await server.as("auditor").device.list({ team });
  expect(devices.filter(({ owner }) => owner !== null).map(({ name }) => name)).toEqual(["colleague", "laptop"]);
  expect(devices.some(({ isOwn }) => isOwn)).toBe(false);
});

test("a network admin sees every device, and changes those that are their own", async () => {
  const networkAdmin = server.as("network-admin");
  expect((await networkAdmin.device.list({ team })).devices).toHaveLength(4);
  await expect(networkAdmin.device.rename({ team, deviceId: laptop.id, name: "mine" })).rejects.toThrow(
    "role-insufficient",
  );
});
