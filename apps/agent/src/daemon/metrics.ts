/** Counters now and at the last report → one metrics message. Pure, but for what it remembers. */
import type { DeviceId } from "@pinhole/protocol";
import type { MetricsReport } from "@pinhole/protocol/control";
import type { DatapathStats } from "../datapath/contract.ts";

/** What a report may say, however long the process was stopped. */
const MAX_INTERVAL_MS = 3_600_000;
const MAX_CPU_PERCENT = 10_000;

type PathFacts = {
  readonly kind: "direct" | "relay" | "none";
  readonly rttMs: number | null;
  readonly loss: number | null;
};

export type Sample = {
  readonly at: number;
  readonly cpuMicros: number;
  readonly memoryBytes: number;
  readonly stats: Pick<DatapathStats, "peers">;
  readonly pathOf: (peerId: DeviceId) => PathFacts;
};

export class MetricsReporter {
  #last: Sample;

  constructor(first: Sample) {
    this.#last = first;
  }

  report(sample: Sample): MetricsReport {
    const last = this.#last;
    this.#last = sample;
    const intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(1, Math.round(sample.at - last.at)));
    const peers = [...sample.stats.peers].flatMap(([peerId, counters]) => {
      const before = last.stats.peers.get(peerId);
      const path = sample.pathOf(peerId);
      const grown = (key: "rxBytes" | "txBytes" | "rxPackets" | "txPackets"): number => {
        const was = before?.[key] ?? 0;
        // Smaller than before: the peer's counters began anew with a new key.
        return counters[key] >= was ? counters[key] - was : counters[key];
      };
      const row = {
        peerId,
        rxBytes: grown("rxBytes"),
        txBytes: grown("txBytes"),
        rxPackets: grown("rxPackets"),
        txPackets: grown("txPackets"),
      };
      if (row.rxPackets + row.txPackets === 0 && path.kind === "none") return [];
      return [{ ...row, path: path.kind, rttMs: path.rttMs, loss: path.loss }];
    });
    return {
      intervalMs,
      memoryBytes: sample.memoryBytes,
      cpuPercent: Math.min(
        MAX_CPU_PERCENT,
        Math.round(((sample.cpuMicros - last.cpuMicros) / (intervalMs * 1_000)) * 1_000) / 10,
      ),
      peers: peers.slice(0, 1_000),
    };
  }
}
