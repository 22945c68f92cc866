/** What the process and its paths are like at this moment, for {@link MetricsReporter}. */
import type { DeviceId } from "@pinhole/protocol";
import { monotonicMs } from "../clock.ts";
import type { DatapathStats } from "../datapath/contract.ts";
import type { EngineDriver } from "./engine-driver.ts";
import type { Sample } from "./metrics.ts";

export function takeSample(stats: DatapathStats, engine: EngineDriver): Sample {
  const { user, system } = process.cpuUsage();
  return {
    at: monotonicMs(),
    cpuMicros: user + system,
    memoryBytes: process.memoryUsage.rss(),
    stats,
    pathOf: (peerId: DeviceId) => {
      const snapshot = engine.tell((paths) => paths.snapshot(peerId));
      const { rttMs = null, lossRatio: loss = null } = snapshot ?? {};
      return { kind: snapshot?.path.kind ?? "none", rttMs, loss };
    },
  };
}
