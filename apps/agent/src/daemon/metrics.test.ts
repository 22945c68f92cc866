import { expect, test } from "vitest";
import type { DatapathStats, PeerStats } from "../datapath/contract.ts";
import { MetricsReporter } from "./metrics.ts";

const PEER = "dev_0000000000000000000000000000000a";
const IDLE = "dev_0000000000000000000000000000000b";

test("reports what came on since the last report, and the share of a core", () => {
  const reporter = new MetricsReporter(sample(0, 0, { rxBytes: 100, rxPackets: 1 }));
  const report = reporter.report(sample(15_000, 150_000, { rxBytes: 1_600, rxPackets: 4, txBytes: 50, txPackets: 1 }));
  expect(report).toEqual({
    intervalMs: 15_000,
    memoryBytes: 1_000,
    cpuPercent: 1,
    peers: [
      { peerId: PEER, rxBytes: 1_500, txBytes: 50, rxPackets: 3, txPackets: 1, path: "direct", rttMs: 12, loss: 0 },
    ],
  });
});

test("takes counters that fell for counters that began anew", () => {
  const reporter = new MetricsReporter(sample(0, 0, { rxBytes: 5_000, rxPackets: 9 }));
  expect(reporter.report(sample(15_000, 0, { rxBytes: 70, rxPackets: 1 })).peers[0]).toMatchObject({
    rxBytes: 70,
    rxPackets: 1,
  });
});

test("leaves out peers with neither traffic nor a path", () => {
  const reporter = new MetricsReporter(sample(0, 0, {}));
  expect(reporter.report(sample(15_000, 0, {})).peers.map(({ peerId }) => peerId)).not.toContain(IDLE);
});

function sample(at: number, cpuMicros: number, counters: Partial<PeerStats>) {
  const zero = { rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, lastHandshakeAt: null };
  const peers: DatapathStats["peers"] = new Map([
    [PEER, { ...zero, ...counters }],
    [IDLE, zero],
  ]);
  const pathOf = (id: string) =>
    id === PEER ? { kind: "direct" as const, rttMs: 12, loss: 0 } : { kind: "none" as const, rttMs: null, loss: null };
  return { at, cpuMicros, memoryBytes: 1_000, stats: { peers, dropped: {} }, pathOf };
}
