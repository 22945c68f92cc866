"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Card } from "@/components/card.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { count } from "@/components/quantity.ts";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import type { PolicyRollout } from "@/trpc/outputs.ts";

/** Of a thousand that are behind nobody reads each. */
const MAX_LISTED = 50;

/** Whether the devices do what the document says, by their own word. */
export function RolloutCard() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const rollout = useQuery(trpc.policy.rollout.queryOptions({ team }));
  return (
    <Card title="Where it runs" flush={rollout.data?.devices.some(({ state }) => state !== "current") === true}>
      {rollout.data === undefined ? (
        rollout.isError ? (
          <QueryProblem error={rollout.error} onRetry={() => void rollout.refetch()} />
        ) : (
          <SkeletonRows label="Asking the devices" />
        )
      ) : (
        <RolloutState rollout={rollout.data} team={team} />
      )}
    </Card>
  );
}

type Device = PolicyRollout["devices"][number];

const SIGNS: Record<Device["state"], { readonly state: State; readonly word: string }> = {
  current: { state: "direct", word: "In force" },
  behind: { state: "trying", word: "Behind" },
  silent: { state: "unknown", word: "Has not said" },
};

export function RolloutState({ rollout, team }: { readonly rollout: PolicyRollout; readonly team: string }) {
  const late = rollout.devices.filter(({ state }) => state !== "current");
  if (late.length === 0) return <p>{rolloutWords(rollout)}</p>;
  return (
    <>
      <p className="px-4 py-3">{rolloutWords(rollout)}</p>
      <DataTable caption="Devices that do not run it yet" inCard>
        <HeadRow>
          <ColumnHead>Device</ColumnHead>
          <ColumnHead>State</ColumnHead>
          <ColumnHead>Runs version</ColumnHead>
          <ColumnHead>Said so</ColumnHead>
        </HeadRow>
        <Body>
          {late.slice(0, MAX_LISTED).map(({ deviceId, name, state, version, at }) => (
            <Row key={deviceId}>
              <RowTitle>
                <Link href={`/t/${team}/devices/${deviceId}`} className="link">
                  {name}
                </Link>
              </RowTitle>
              <Cell label="State">
                <StateLabel state={SIGNS[state].state}>{SIGNS[state].word}</StateLabel>
              </Cell>
              <Cell label="Runs version">{version ?? undefined}</Cell>
              <Cell label="Said so" className="text-muted">
                {at === null ? undefined : <TimeAgo at={at} />}
              </Cell>
            </Row>
          ))}
        </Body>
      </DataTable>
      {late.length > MAX_LISTED && (
        <p className="border-t border-hairline px-4 py-2 text-sm text-muted">
          The first {MAX_LISTED} of {late.length}.
        </p>
      )}
    </>
  );
}

/** "12 of 14 online devices run version 5. 3 are offline: they take it when they come back." */
export function rolloutWords({ version, devices, offline, isUnreadable }: PolicyRollout): string {
  if (isUnreadable) {
    return `Version ${version} cannot be read by this server: it was written by a newer one, or by hand. Devices keep the rules that they have. Save a document that can be read, or restore a version.`;
  }
  const current = devices.filter(({ state }) => state === "current").length;
  const away =
    offline === 0
      ? ""
      : offline === 1
        ? " 1 is offline: it takes it when it comes back."
        : ` ${offline} are offline: they take it when they come back.`;
  if (devices.length === 0) return `No device is online.${away}`;
  if (current === devices.length && current === 1) return `The 1 device online runs version ${version}.${away}`;
  if (current === devices.length) return `All ${current} devices online run version ${version}.${away}`;
  return `${current} of ${count(devices.length, "device")} online ${current === 1 ? "runs" : "run"} version ${version}.${away}`;
}
