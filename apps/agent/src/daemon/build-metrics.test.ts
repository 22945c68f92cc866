import type { DeviceId } from "@pinhole/protocol";
import type { NetmapPeer } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import type { DatapathStats } from "../datapath/contract.ts";
import { buildMetrics, type PathFigures } from "./build-metrics.ts";
import { metricsSchema } from "./local-messages.ts";

const A: DeviceId = `dev_${"a".repeat(32)}`;
const B: DeviceId = `dev_${"b".repeat(32)}`;
const TRAFFIC = { rxBytes: 1, txBytes: 2, rxPackets: 3, txPackets: 4 };

test("drops are told apart by direction, and nothing is told of what never happened", () => {
  const { droppedInbound, droppedOutbound } = build({
    dropped: { policy: 3, "bad-length": 5, "no-route": 2 },
    droppedOutbound: { "bad-length": 1, "no-route": 2 },
  });
  expect(droppedInbound).toEqual({ policy: 3, "bad-length": 4 });
  expect(droppedOutbound).toEqual({ "bad-length": 1, "no-route": 2 });
});

test.each([
  [{ kind: "direct", endpoint: "192.0.2.1:7" }, "direct_ipv4"],
  [{ kind: "direct", endpoint: "[2001:db8::1]:7" }, "direct_ipv6"],
  [{ kind: "relay" }, "relay"],
  [{ kind: "none" }, "none"],
] as const)("a path %j counts as %s", (path, kind) => {
  expect(build({}, { path, rttMs: 1, lossRatio: 0, pathMtuBytes: 1_400 }).peers[0]).toMatchObject({
    path: kind,
    rttMs: 1,
    pathMtuBytes: 1_400,
  });
});

test("a peer without counters has had no traffic, and everything fits the message", () => {
  const metrics = build({});
  expect(metrics.peers).toMatchObject([
    { name: "a", ...TRAFFIC, lastHandshakeAt: "2023-11-14T22:13:20.000Z" },
    { name: "b", rxBytes: 0, txPackets: 0, lastHandshakeAt: null },
  ]);
  expect(metricsSchema.parse(JSON.parse(JSON.stringify(metrics)))).toEqual(metrics);
});

function build(change: Partial<DatapathStats>, figures?: PathFigures) {
  const peer = (id: DeviceId, name: string): NetmapPeer =>
    ({ id, name, online: true, addresses: [], nodeKey: "" }) as unknown as NetmapPeer;
  return buildMetrics({
    version: "1",
    startedAt: 0,
    online: true,
    warnings: 0,
    memoryBytes: 1,
    cpuSeconds: 1,
    relays: [],
    netmap: { peers: [peer(A, "a"), peer(B, "b")] },
    stats: {
      peers: new Map([[A, { ...TRAFFIC, lastHandshakeAt: 1_700_000_000_000 }]]),
      paths: { direct_ipv4: TRAFFIC, direct_ipv6: TRAFFIC, relay: TRAFFIC },
      dropped: {},
      droppedOutbound: {},
      ...change,
    },
    pathOf: () => figures ?? { path: { kind: "none" }, rttMs: null, lossRatio: null, pathMtuBytes: null },
  });
}
