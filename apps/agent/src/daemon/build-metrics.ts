/** What `pinhole metrics` shows, from what the parts of the daemon know. Pure. */
import { addressFamily, type DeviceId, parseEndpoint } from "@pinhole/protocol";
import type { Netmap, PathState } from "@pinhole/protocol/control";
import type { DatapathStats, PathKind } from "../datapath/contract.ts";
import type { Metrics } from "./local-messages.ts";

export type PathFigures = {
  readonly path: Pick<PathState, "kind" | "endpoint">;
  readonly rttMs: number | null;
  readonly lossRatio: number | null;
  readonly pathMtuBytes: number | null;
};

type Input = Pick<Metrics, "version" | "online" | "warnings" | "memoryBytes" | "cpuSeconds" | "relays"> & {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly netmap: Pick<Netmap, "peers"> | undefined;
  readonly stats: DatapathStats;
  readonly pathOf: (peerId: DeviceId) => PathFigures;
};

const NO_FIGURES = { rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, lastHandshakeAt: null } as const;

export function buildMetrics({ startedAt, netmap, stats, pathOf, ...rest }: Input): Metrics {
  const { paths, dropped, droppedOutbound } = stats;
  const inbound = Object.entries(dropped).map(([reason, count]) => [reason, count - (droppedOutbound[reason] ?? 0)]);
  return {
    ...rest,
    startedAt: new Date(startedAt).toISOString(),
    paths: { ...paths },
    droppedInbound: Object.fromEntries(inbound.filter(([, count]) => count !== 0)),
    droppedOutbound: { ...droppedOutbound },
    peers: (netmap?.peers ?? []).map(({ id, name, online }) => {
      const { lastHandshakeAt, ...counters } = stats.peers.get(id) ?? NO_FIGURES;
      const { path, rttMs, lossRatio, pathMtuBytes } = pathOf(id);
      return {
        name,
        online,
        ...counters,
        path: pathKind(path),
        rttMs,
        lossRatio,
        pathMtuBytes,
        lastHandshakeAt: lastHandshakeAt === null ? null : new Date(lastHandshakeAt).toISOString(),
      };
    }),
  };
}

function pathKind({ kind, endpoint = "" }: PathFigures["path"]): PathKind | "none" {
  if (kind !== "direct") return kind;
  const parsed = parseEndpoint(endpoint);
  return parsed.ok && addressFamily(parsed.value.address) === 6 ? "direct_ipv6" : "direct_ipv4";
}
