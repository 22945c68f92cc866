/** A team that is careful about its devices, as the agents see it. */
import { capabilitiesOf } from "@pinhole/protocol/team";
import { auditEvent, device as deviceTable } from "@pinhole/drizzle/schema";
import type { Result } from "@pinhole/protocol";
import type { Netmap } from "@pinhole/protocol/control";
import { asc, eq, isNotNull } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Actor } from "../actor.ts";
import { type TestAgent, TestServer } from "../agent/testing.ts";
import { configureTeam } from "../teams/configure-team.ts";
import { approveDevice } from "./approve-device.ts";
import { expireKeys } from "./expire-keys.ts";
import { publishDeviceChange } from "./publish-device-change.ts";
import { removeUnseenDevices } from "./remove-unseen-devices.ts";
import { setKeyExpiry } from "./set-key-expiry.ts";
import { warnOfExpiry } from "./warn-of-expiry.ts";

const DAY_MS = 86_400_000;

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

test("a device that waits for approval sees nobody and is seen by nobody, until somebody lets it in", async () => {
  const [old, waiting] = [server.newAgent(), server.newAgent({ awaitsApproval: true })];
  const client = old.follow();
  waiting.follow();
  await expect.poll(() => netmapOf(waiting)?.self.standing).toBe("awaiting-approval");
  expect(netmapOf(waiting)?.peers).toEqual([]);
  expect(netmapOf(waiting)?.filter).toEqual([]);
  await expect.poll(() => netmapOf(old)?.peers).toEqual([]);
  await expect(client.requestPunch.mutate({ peerId: waiting.id, trigger: "traffic" })).rejects.toThrow(
    "peer-not-found",
  );

  publish(approveDevice(server.db, actor(), { deviceId: waiting.id }, server.hub.now()));
  await expect.poll(() => idsSeenBy(waiting)).toEqual([old.id]);
  await expect.poll(() => idsSeenBy(old)).toEqual([waiting.id]);
  expect(netmapOf(waiting)?.self.standing).toBeUndefined();
  // Whoever comes second changes nothing.
  expect(approveDevice(server.db, actor(), { deviceId: waiting.id }, server.hub.now())).toMatchObject({
    ok: true,
    value: { revision: null },
  });
  expect(actions()).toEqual(["device.approve"]);
});

test("a key that ends is warned of 14 days, 7 days and 1 day before, once each, and anew after it was renewed", () => {
  const { id } = server.newAgent({ keyExpiresAt: new Date(server.hub.now().getTime() + 20 * DAY_MS) });
  server.newAgent();
  const toldOn: string[] = [];
  for (let day = 0; day <= 20; day++) {
    server.skewMs = day * DAY_MS;
    const before = warnings().length;
    for (let look = 0; look < 3; look++) warnOfExpiry(server.hub);
    for (const days of warnings().slice(before)) toldOn.push(`day ${day}: ${String(days)} left`);
  }
  expect(toldOn).toEqual(["day 6: 14 left", "day 13: 7 left", "day 19: 1 left"]);

  publish(setKeyExpiry(server.db, actor(), { deviceId: id, days: 3 }, server.hub.now()));
  warnOfExpiry(server.hub);
  expect(warnings()).toEqual([14, 7, 1, 7]);
});

test("a key that expires cuts its device off, and renewing it brings the device back", async () => {
  const [old, mortal] = [server.newAgent(), server.newAgent({ keyExpiresAt: new Date(Date.now() + DAY_MS) })];
  old.follow();
  mortal.follow();
  await expect.poll(() => idsSeenBy(old)).toEqual([mortal.id]);
  await expect.poll(() => netmapOf(mortal)?.self.keyExpiresAt).toBeTypeOf("number");
  expireKeys(server.hub);
  expect(actions()).toEqual([]);

  server.skewMs = DAY_MS + 1_000;
  expireKeys(server.hub);
  expireKeys(server.hub);
  await expect.poll(() => idsSeenBy(old)).toEqual([]);
  await expect.poll(() => netmapOf(mortal)?.self.standing).toBe("key-expired");
  expect(netmapOf(mortal)?.peers).toEqual([]);

  publish(setKeyExpiry(server.db, actor(), { deviceId: mortal.id, days: 30 }, server.hub.now()));
  await expect.poll(() => idsSeenBy(mortal)).toEqual([old.id]);
  await expect.poll(() => idsSeenBy(old)).toEqual([mortal.id]);
  expect(actions()).toEqual(["device.expire-key", "device.renew"]);
});

test("devices that were not seen for as long as the team allows go, and nobody else's", async () => {
  configureTeam(server.db, actor(), { removeUnseenDays: 30 }, server.hub.now());
  const days = (count: number) => new Date(Date.now() - count * DAY_MS);
  const forgotten = server.newAgent({ createdAt: days(60), lastSeenAt: days(31) });
  const neverSeen = server.newAgent({ createdAt: days(31) });
  const recent = server.newAgent({ createdAt: days(60), lastSeenAt: days(29) });
  const online = server.newAgent({ createdAt: days(60), lastSeenAt: days(31) });
  online.follow();
  await expect.poll(() => server.hub.isOnline(online.id)).toBe(true);
  // The server itself may have been away.
  removeUnseenDevices(server.hub);
  expect(revoked()).toEqual([]);
  server.skewMs = 3_600_000;
  removeUnseenDevices(server.hub);
  expect(revoked().toSorted()).toEqual([forgotten.id, neverSeen.id].toSorted());
  expect(revoked()).not.toContain(recent.id);
  expect(actions()).toEqual(["team.configure", "device.remove-unseen", "device.remove-unseen"]);
});

const actor = (): Actor => ({
  kind: "server",
  id: null,
  name: "test",
  address: null,
  teamId: server.team.id,
  role: "owner",
  capabilities: capabilitiesOf("owner"),
  isSteppedUp: true,
});

function publish(changed: Result<Parameters<typeof publishDeviceChange>[1], unknown>): void {
  if (!changed.ok) throw new Error("refused");
  publishDeviceChange(server.hub.bus, changed.value);
}

/** As the agent holds it: the last whole one, and what has changed since. */
function netmapOf(agent: TestAgent): Netmap | undefined {
  let netmap: Netmap | undefined;
  for (const event of agent.events) {
    if (event.kind === "netmap") netmap = event.netmap;
    if (event.kind !== "delta" || netmap === undefined) continue;
    const { self = netmap.self, upserted, removed, revision, filter = netmap.filter } = event.delta;
    const gone = new Set<string>([...removed, ...upserted.map(({ id }) => id)]);
    const peers = [...netmap.peers.filter(({ id }) => !gone.has(id)), ...upserted];
    netmap = { ...netmap, revision, self, peers, filter };
  }
  return netmap;
}

const idsSeenBy = (agent: TestAgent): string[] | undefined => netmapOf(agent)?.peers.map(({ id }) => id);

const actions = (): string[] =>
  server.db
    .select()
    .from(auditEvent)
    .all()
    .map(({ action }) => action);

const revoked = (): string[] =>
  server.db
    .select()
    .from(deviceTable)
    .where(isNotNull(deviceTable.revokedAt))
    .all()
    .map(({ id }) => id);

function warnings(): unknown[] {
  return server.db
    .select({ after: auditEvent.after })
    .from(auditEvent)
    .where(eq(auditEvent.action, "device.key-ends-soon"))
    .orderBy(asc(auditEvent.createdAt))
    .all()
    .map(({ after }) => after?.["days"]);
}
