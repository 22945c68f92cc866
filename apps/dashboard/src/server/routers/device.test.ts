import { auditEvent, device, metricSample, revision } from "@pinhole/drizzle/schema";
import { insertDevice, insertPairPath } from "@pinhole/drizzle/testing";
import { describe, expect, test } from "vitest";
import { RESTORE_MS } from "../devices/restore-device.ts";
import { NOW, newTestServer, type TestServer } from "../testing.ts";

const later = (ms: number) => new Date(NOW.getTime() + ms);

describe("device.list", () => {
  test("shows the team's devices by name, each with what is known of it", async () => {
    const server = newTestServer();
    const laptop = addDevice(server, { name: "laptop", tags: ["tag:x"] });
    addDevice(server, { name: "attic" });
    server.hub.online.set(laptop.id, NOW);
    const { devices, at } = await server.as("auditor").device.list({ team: "ours" });
    expect(devices.map(({ name, status }) => `${name} ${status}`)).toEqual(["attic never-connected", "laptop online"]);
    expect(devices[1]).toMatchObject({ ipv4: laptop.ipv4, tags: ["tag:x"], connectedSince: NOW });
    expect(at).toEqual(NOW);
  });

  // Nothing old may look like a path that stands.
  test("counts only paths between devices that are both online", async () => {
    const server = newTestServer();
    const [own, near, far, gone] = ["own", "near", "far", "gone"].map((name) => addDevice(server, { name }));
    for (const { id } of [own!, near!, far!]) server.hub.online.set(id, NOW);
    addPath(server, own!, near!, "direct");
    addPath(server, own!, far!, "relay");
    addPath(server, own!, gone!, "direct");
    addPath(server, gone!, own!, "direct");
    const { devices } = await server.as("auditor").device.list({ team: "ours" });
    const paths = Object.fromEntries(devices.map((each) => [each.name, each.paths]));
    expect(paths["own"]).toEqual({ direct: 1, relay: 1, none: 0 });
    expect(paths["gone"]).toEqual({ direct: 0, relay: 0, none: 0 });
  });

  test("keeps a revoked device in sight as long as it can be restored", async () => {
    const server = newTestServer();
    addDevice(server, { name: "lost", revokedAt: NOW });
    const names = async () =>
      (await server.as("auditor").device.list({ team: "ours" })).devices.map(({ name, status }) => `${name} ${status}`);
    expect(await names()).toEqual(["lost revoked"]);
    server.clock.now = later(RESTORE_MS);
    expect(await names()).toEqual([]);
  });
});

describe("device.get", () => {
  test("tells paths that stand from paths of the past", async () => {
    const server = newTestServer();
    const [own, near, gone] = ["own", "near", "gone"].map((name) => addDevice(server, { name }));
    server.hub.online.set(own!.id, NOW).set(near!.id, NOW);
    addPath(server, own!, near!, "direct");
    addPath(server, own!, gone!, "relay");
    const { peers } = await server.as("auditor").device.get({ team: "ours", deviceId: own!.id });
    expect(peers.map(({ peer, path, isFresh }) => [peer.name, path.kind, isFresh])).toEqual([
      ["gone", "relay", false],
      ["near", "direct", true],
    ]);
  });
});

describe("device.replace", () => {
  test("gives name and tags of the device that is offline to the new one, and revokes it", async () => {
    const server = newTestServer();
    const old = addDevice(server, { name: "nas", tags: ["tag:store"] });
    const fresh = addDevice(server, { name: "nas-1" });
    const operator = server.as("operator");
    expect(await operator.device.replace({ team: "ours", deviceId: fresh.id, replacedId: old.id })).toMatchObject({
      name: "nas",
    });
    const rows = server.db.select().from(device).all();
    expect(rows.find(({ id }) => id === fresh.id)).toMatchObject({
      name: "nas",
      tags: ["tag:store"],
      ipv4: fresh.ipv4,
    });
    expect(rows.find(({ id }) => id === old.id)).toMatchObject({ revokedAt: NOW });
    expect(server.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      action: "device.replace",
      objectId: fresh.id,
      before: { name: "nas-1" },
      after: { name: "nas", replaced: old.id },
    });
    expect(server.db.select().from(revision).all()).toHaveLength(2);
  });

  test("changes nothing where the older one is online, revoked, the same, or another team's", async () => {
    const server = newTestServer();
    const [online, revoked, fresh] = [
      addDevice(server, { name: "a" }),
      addDevice(server, { name: "b", revokedAt: NOW }),
      addDevice(server, { name: "c" }),
    ];
    const theirs = insertDevice(server.db, { teamId: server.otherTeam.id });
    server.hub.online.set(online.id, NOW);
    const replace = (replacedId: typeof fresh.id) =>
      server.as("operator").device.replace({ team: "ours", deviceId: fresh.id, replacedId });
    await expect(replace(online.id)).rejects.toMatchObject({ message: "device-online" });
    for (const { id } of [revoked, fresh, theirs])
      await expect(replace(id)).rejects.toMatchObject({ code: "NOT_FOUND", message: "device-not-found" });
    expect(server.db.select().from(auditEvent).all()).toEqual([]);
  });
});

describe("device.rename", () => {
  test("changes the name, the revision and the log together, and tells who listens", async () => {
    const server = newTestServer();
    const { id: deviceId, teamId } = addDevice(server, { name: "old" });
    await server.as("admin").device.rename({ team: "ours", deviceId, name: "new" });
    expect(server.db.select().from(device).get()?.name).toBe("new");
    expect(server.db.select().from(revision).all()).toMatchObject([{ revision: 1, kind: "device", deviceId }]);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      {
        action: "device.rename",
        objectId: deviceId,
        before: { name: "old" },
        after: { name: "new" },
        address: "192.0.2.1",
      },
    ]);
    expect(server.events).toEqual([
      { teamId, kind: "revision", revision: 1 },
      { teamId, kind: "device", deviceId },
    ]);
  });

  test("changes nothing when another device has the name", async () => {
    const server = newTestServer();
    addDevice(server, { name: "taken" });
    const { id: deviceId } = addDevice(server, { name: "own" });
    await expect(server.as("admin").device.rename({ team: "ours", deviceId, name: "taken" })).rejects.toMatchObject({
      code: "CONFLICT",
      message: "device-name-taken",
    });
    expect(server.db.$client.prepare("select count(*) as n from revision").get()).toEqual({ n: 0 });
    expect(server.events).toEqual([]);
  });

  // Names end up in files and commands on other people's devices.
  test.each(["", "-a", "a-", "A", "a.b", "a b", "ä", "a\n", "a".repeat(64), "a\u202eb", "$(reboot)"])(
    "takes no name like %j",
    async (name) => {
      const server = newTestServer();
      const { id: deviceId } = addDevice(server, {});
      await expect(server.as("owner").device.rename({ team: "ours", deviceId, name })).rejects.toMatchObject({
        code: "BAD_REQUEST",
      });
    },
  );
});

describe("device.revoke", () => {
  test("cuts the device off, after its peers were told", async () => {
    const server = newTestServer();
    const { id: deviceId } = addDevice(server, {});
    let toldFirst = false;
    server.hub.disconnect = () => void (toldFirst = server.events.some(({ kind }) => kind === "revision"));
    await server.as("admin").device.revoke({ team: "ours", deviceId });
    expect(server.db.select().from(device).get()?.revokedAt).toEqual(NOW);
    expect(toldFirst).toBe(true);
  });

  test("refuses a second time", async () => {
    const server = newTestServer();
    const { id: deviceId } = addDevice(server, {});
    await server.as("admin").device.revoke({ team: "ours", deviceId });
    await expect(server.as("admin").device.revoke({ team: "ours", deviceId })).rejects.toMatchObject({
      message: "device-already-revoked",
    });
  });
});

describe("device.restore", () => {
  test.each([
    [RESTORE_MS - 1, "OK"],
    [RESTORE_MS, "restore-too-late"],
  ])("after %d ms says %s", async (ms, outcome) => {
    const server = newTestServer();
    const { id: deviceId } = addDevice(server, { revokedAt: NOW });
    server.clock.now = later(ms);
    const said = await server
      .as("admin")
      .device.restore({ team: "ours", deviceId })
      .then(
        () => "OK",
        (error: Error) => error.message,
      );
    expect(said).toBe(outcome);
    expect(server.db.select().from(device).get()?.revokedAt === null).toBe(outcome === "OK");
  });

  test("does not take back a name that another device has by now", async () => {
    const server = newTestServer();
    const { id: deviceId } = addDevice(server, { name: "laptop", revokedAt: NOW });
    addDevice(server, { name: "laptop" });
    await expect(server.as("admin").device.restore({ team: "ours", deviceId })).rejects.toMatchObject({
      message: "device-name-taken",
    });
  });
});

describe("device.metrics", () => {
  test("draws gaps as gaps, and rates over the time that was measured", async () => {
    const server = newTestServer();
    const { id: deviceId } = addDevice(server, {});
    const peer = {
      peerId: deviceId,
      rxBytes: 0,
      txBytes: 0,
      rxPackets: 0,
      txPackets: 0,
      path: "direct",
      loss: 0,
    } as const;
    server.db
      .insert(metricSample)
      .values({
        deviceId,
        at: later(-30_000),
        intervalMs: 15_000,
        rxBytes: 15_000,
        txBytes: 1_500,
        memoryBytes: 1,
        cpuPercent: 2,
        peers: [10, 30, 20].map((rttMs) => ({ ...peer, rttMs })),
      })
      .run();
    const series = await server.as("auditor").device.metrics({ team: "ours", deviceId, range: "15m" });
    const measured = series.rxBitsPerSecond.flatMap((value, index) => (value === null ? [] : [index]));
    expect(measured).toHaveLength(1);
    const [index] = measured;
    expect([series.rxBitsPerSecond[index!], series.txBitsPerSecond[index!], series.rttMs[index!]]).toEqual([
      8_000, 800, 20,
    ]);
    expect(Math.abs(series.at[index!]! - later(-30_000).getTime())).toBeLessThan(series.stepMs);
    expect(
      new Set(Object.values(series).map((column) => (Array.isArray(column) ? column.length : series.at.length))),
    ).toEqual(new Set([series.at.length]));
  });

  test("never has more points than a chart can show", async () => {
    const server = newTestServer();
    const { id: deviceId } = addDevice(server, {});
    for (const range of ["15m", "1h", "6h", "24h"] as const) {
      const { at } = await server.as("auditor").device.metrics({ team: "ours", deviceId, range });
      expect(at.length).toBeLessThanOrEqual(241);
    }
  });
});

type Device = ReturnType<typeof insertDevice>;

function addDevice(server: TestServer, fields: Partial<Device>): Device {
  return insertDevice(server.db, { teamId: server.team.id, ...fields });
}

function addPath({ db, team }: TestServer, from: Device, to: Device, kind: "direct" | "relay"): void {
  insertPairPath(db, { teamId: team.id, deviceId: from.id, peerId: to.id, path: { kind, since: NOW.getTime() } });
}
