/** Figures of an agent for tests. */
import type { Metrics } from "../daemon/local-messages.ts";

const NOTHING = { rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0 } as const;

export function newMetrics(): Metrics {
  return {
    version: "1.2.3",
    startedAt: new Date(1_700_000_000_000).toISOString(),
    online: true,
    warnings: 2,
    memoryBytes: 90_000_000,
    cpuSeconds: 3.5,
    paths: {
      direct_ipv4: { rxBytes: 1_000, txBytes: 2_000, rxPackets: 10, txPackets: 20 },
      direct_ipv6: NOTHING,
      relay: { rxBytes: 50, txBytes: 60, rxPackets: 5, txPackets: 6 },
    },
    droppedInbound: { policy: 7 },
    droppedOutbound: { "no-route": 1 },
    relays: [
      { name: "main", connected: true, rttMs: 12.5 },
      { name: "fra", connected: false, rttMs: null },
    ],
    peers: [
      {
        name: "nas",
        online: true,
        path: "direct_ipv4",
        rxBytes: 900,
        txBytes: 1_900,
        rxPackets: 9,
        txPackets: 19,
        rttMs: 2,
        lossRatio: 0.25,
        pathMtuBytes: 1_500,
        lastHandshakeAt: new Date(1_700_000_100_000).toISOString(),
      },
      {
        name: "phone",
        online: false,
        path: "none",
        ...NOTHING,
        rttMs: null,
        lossRatio: null,
        pathMtuBytes: null,
        lastHandshakeAt: null,
      },
    ],
  };
}
