import { deviceIdSchema } from "@pinhole/protocol";
import * as z from "zod";
import { approveDevice } from "../devices/approve-device.ts";
import { getDevice } from "../devices/device-detail.ts";
import { getDeviceMetrics, METRIC_RANGES, type MetricRange } from "../devices/device-metrics.ts";
import { listDevices } from "../devices/device-summary.ts";
import { publishDeviceChange } from "../devices/publish-device-change.ts";
import { renameDevice } from "../devices/rename-device.ts";
import { replaceDevice } from "../devices/replace-device.ts";
import { restoreDevice } from "../devices/restore-device.ts";
import { revokeDevice } from "../devices/revoke-device.ts";
import { setKeyExpiry } from "../devices/set-key-expiry.ts";
import { askingOf } from "../devices/sight.ts";
import { dnsLabelSchema } from "../display-name.ts";
import { daysSchema } from "../teams/configure-team.ts";
import { procedureFor, router } from "../trpc.ts";
import { unwrap } from "./to-trpc-error.ts";

const deviceInput = z.object({ deviceId: deviceIdSchema });
const rangeSchema = z.enum(Object.keys(METRIC_RANGES) as [MetricRange, ...MetricRange[]]);

export const deviceRouter = router({
  /** Everything that the list shows, with the server's time that "online" and "fresh" refer to. */
  list: procedureFor("devices.view", "devices.own").query(({ ctx }) => {
    const now = ctx.now();
    const asking = askingOf(ctx);
    return { devices: listDevices(ctx, asking, now), isCut: asking.sight.isCut, at: now };
  }),

  get: procedureFor("devices.view", "devices.own")
    .input(deviceInput)
    .query(({ ctx, input }) => unwrap(getDevice(ctx, askingOf(ctx), input.deviceId))),

  metrics: procedureFor("devices.view", "devices.own")
    .input(deviceInput.extend({ range: rangeSchema.default("1h") }))
    .query(({ ctx, input }) => unwrap(getDeviceMetrics(ctx.db, askingOf(ctx), input, ctx.now()))),

  rename: procedureFor("devices.manage", "devices.own")
    .input(deviceInput.extend({ name: dnsLabelSchema }))
    .mutation(({ ctx, input }) => {
      const changed = unwrap(renameDevice(ctx.db, ctx.actor, input, ctx.now()));
      publishDeviceChange(ctx.bus, changed);
      return { id: changed.row.id, name: changed.row.name };
    }),

  /** Lets in a device that has enrolled and waits for somebody to. */
  approve: procedureFor("devices.manage")
    .input(deviceInput)
    .mutation(({ ctx, input }) => {
      const changed = unwrap(approveDevice(ctx.db, ctx.actor, input, ctx.now()));
      publishDeviceChange(ctx.bus, changed);
      return { id: changed.row.id, name: changed.row.name };
    }),

  /** Renews the device's key for so many days from now; null: it does not expire. */
  renew: procedureFor("devices.manage")
    .input(deviceInput.extend({ days: daysSchema }))
    .mutation(({ ctx, input }) => {
      const changed = unwrap(setKeyExpiry(ctx.db, ctx.actor, input, ctx.now()));
      publishDeviceChange(ctx.bus, changed);
      return { id: changed.row.id, name: changed.row.name, keyExpiresAt: changed.row.keyExpiresAt };
    }),

  /** The device takes over the name and the tags of another, which is revoked. */
  replace: procedureFor("devices.manage", "devices.own")
    .input(deviceInput.extend({ replacedId: deviceIdSchema }))
    .mutation(({ ctx, input }) => {
      const { row, replaced, revision } = unwrap(replaceDevice(ctx, ctx.actor, input, ctx.now()));
      publishDeviceChange(ctx.bus, { row, revision });
      publishDeviceChange(ctx.bus, { row: replaced, revision });
      return { id: row.id, name: row.name };
    }),

  revoke: procedureFor("devices.manage", "devices.own")
    .input(deviceInput)
    .mutation(({ ctx, input }) => {
      const changed = unwrap(revokeDevice(ctx.db, ctx.actor, input, ctx.now()));
      // Peers first: the revoked device must not hear of it before they drop it.
      publishDeviceChange(ctx.bus, changed);
      ctx.hub.disconnect(input.deviceId, "revoked");
      return { id: changed.row.id, name: changed.row.name };
    }),

  restore: procedureFor("devices.manage")
    .input(deviceInput)
    .mutation(({ ctx, input }) => {
      const changed = unwrap(restoreDevice(ctx.db, ctx.actor, input, ctx.now()));
      publishDeviceChange(ctx.bus, changed);
      return { id: changed.row.id, name: changed.row.name };
    }),
});
