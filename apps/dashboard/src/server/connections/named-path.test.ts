import type { DeviceId } from "@pinhole/protocol";
import { expect, test } from "vitest";
import { namePath } from "./named-path.ts";

const RAY: DeviceId = `dev_${"0a".repeat(16)}`;
const SINCE = { kind: "relay", rttMs: 15, since: 1 } as const;
const nameOf = (id: DeviceId) => (id === RAY ? "ray" : undefined);

test("a relay stays, a device has its name, and one that nobody knows has none", () => {
  expect(namePath({ ...SINCE, relay: "fra" }, nameOf)).toEqual({ ...SINCE, relay: "fra" });
  expect(namePath({ ...SINCE, relay: RAY }, nameOf)).toEqual({ ...SINCE, relay: "ray", viaDevice: RAY });
  const gone: DeviceId = `dev_${"0b".repeat(16)}`;
  expect(namePath({ ...SINCE, relay: gone }, nameOf)).toEqual({ ...SINCE, viaDevice: gone });
  expect(namePath({ kind: "direct", since: 1 }, nameOf)).toEqual({ kind: "direct", since: 1 });
});
