"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Card } from "@/components/card.tsx";
import { TimeChart } from "@/components/chart/time-chart.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { formatBitRate, formatBytes, formatRtt } from "@/components/quantity.ts";
import { useTeam } from "@/components/team-context.tsx";
import { useUrlState } from "@/components/url-state.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { MetricRange } from "@/trpc/outputs.ts";

const RANGES = [
  { value: "15m", label: "15 min" },
  { value: "1h", label: "1 h" },
  { value: "6h", label: "6 h" },
  { value: "24h", label: "24 h" },
] as const satisfies readonly { value: MetricRange; label: string }[];

export function DeviceCharts({ deviceId }: { readonly deviceId: `dev_${string}` }) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const [params, setParams] = useUrlState();
  const range = RANGES.find(({ value }) => value === params.get("range"))?.value ?? "1h";
  const metrics = useQuery(
    trpc.device.metrics.queryOptions({ team, deviceId, range }, { placeholderData: keepPreviousData }),
  );

  if (metrics.data === undefined) {
    return metrics.isError ? (
      <QueryProblem error={metrics.error} onRetry={() => void metrics.refetch()} />
    ) : (
      <div className="h-64 rounded-lg border border-hairline bg-surface" />
    );
  }
  const { at, rxBitsPerSecond, txBitsPerSecond, rttMs, memoryBytes } = metrics.data;
  return (
    <Card
      flush
      title="Measurements"
      actions={
        <fieldset aria-label="Range" className="flex gap-1">
          {RANGES.map(({ value, label }) => (
            <button
              key={value}
              type="button"
              aria-pressed={value === range}
              onClick={() => setParams({ range: value === "1h" ? undefined : value }, { step: true })}
              className="min-h-7 rounded-md px-2 text-sm text-muted hover:bg-hover aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-text"
            >
              {label}
            </button>
          ))}
        </fieldset>
      }
    >
      <div className="grid divide-hairline lg:grid-cols-3 lg:divide-x max-lg:divide-y">
        <TimeChart
          title="Throughput"
          at={at}
          format={formatBitRate}
          series={[
            { label: "Received", values: rxBitsPerSecond, colour: "--accent" },
            { label: "Sent", values: txBitsPerSecond, colour: "--trying", isDashed: true },
          ]}
        />
        <TimeChart
          title="Round trip"
          at={at}
          format={formatRtt}
          series={[{ label: "Median of its peers", values: rttMs, colour: "--accent" }]}
        />
        <TimeChart
          title="Agent memory"
          base="binary"
          at={at}
          format={formatBytes}
          series={[{ label: "Memory", values: memoryBytes, colour: "--accent" }]}
        />
      </div>
    </Card>
  );
}
