import { auditEvent, device as deviceTable } from "@pinhole/drizzle/schema";
import { isNull } from "drizzle-orm";
import { expect, test } from "vitest";
import { TestServer } from "../agent/testing.ts";
import { EPHEMERAL_GRACE_MS, expireEphemeralDevices } from "./expire-ephemeral-devices.ts";

test("ephemeral devices go some time after they went offline; others, and those online, stay", async () => {
  await using server = await TestServer.start();
  const long = new Date(Date.now() - 1_000);
  const gone = server.newAgent({ ephemeral: true, lastSeenAt: long });
  const neverSeen = server.newAgent({ ephemeral: true, createdAt: long });
  const kept = server.newAgent({ lastSeenAt: long });
  const online = server.newAgent({ ephemeral: true, lastSeenAt: long });
  online.follow();
  await expect.poll(() => server.hub.isOnline(online.id)).toBe(true);

  const left = () =>
    server.db
      .select({ id: deviceTable.id })
      .from(deviceTable)
      .where(isNull(deviceTable.revokedAt))
      .all()
      .map(({ id }) => id);
  expireEphemeralDevices(server.hub);
  expect(left()).toHaveLength(4);

  server.skewMs = EPHEMERAL_GRACE_MS + 1;
  expireEphemeralDevices(server.hub);
  expect(left().toSorted()).toEqual([kept.id, online.id].toSorted());
  expect(
    server.db
      .select()
      .from(auditEvent)
      .all()
      .map(({ action, objectId }) => [action, objectId]),
  ).toEqual([
    ["device.expire", gone.id],
    ["device.expire", neverSeen.id],
  ]);
  await expect
    .poll(() =>
      online
        .of("delta")
        .flatMap(({ delta }) => delta.removed)
        .toSorted(),
    )
    .toEqual([gone.id, neverSeen.id].toSorted());
});

// A server that was away for an hour must not take everybody for gone when it is back.
test("nothing goes before the server has been up for as long itself", async () => {
  await using server = await TestServer.start();
  server.newAgent({ ephemeral: true, lastSeenAt: new Date(0), createdAt: new Date(0) });
  expireEphemeralDevices(server.hub);
  expect(server.db.select().from(auditEvent).all()).toEqual([]);
});
