"use client";

import type { Policy } from "@pinhole/protocol/policy";
import Link from "next/link";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { Notice } from "@/components/notice.tsx";
import { count } from "@/components/quantity.ts";
import { useTeam } from "@/components/team-context.tsx";
import type { PolicySubject } from "@/trpc/outputs.ts";
import { GrantLabel } from "./grant-label.tsx";
import { reachOf } from "./simulate.ts";

type Props = {
  readonly policy: { readonly policy: Policy; readonly lineOf: (grant: number) => number };
  readonly subjects: readonly PolicySubject[];
  readonly text: string;
  readonly side: "from" | "to";
  readonly at: number;
};

/** Devices with the grants that join them to the one asked about. */
export function ReachTable({ policy, subjects, text, side, at }: Props) {
  const { slug: team } = useTeam();
  const letter = side === "from" ? "A" : "B";
  if (text.trim() === "")
    return <EmptyState title={`Name ${letter}`}>A device by its name, or whatever a grant may say.</EmptyState>;
  const reach = reachOf(policy.policy, subjects, { text, side, at });
  if (reach === undefined) {
    return (
      <Notice tone="warning" title={`Nobody is called ${text.trim()}`}>
        Write a device&apos;s name, or a tag, group, person or address as a grant would.
      </Notice>
    );
  }
  if (reach.length === 0) {
    return (
      <Notice title={side === "from" ? `${text.trim()} reaches nothing` : `Nothing reaches ${text.trim()}`}>
        No grant of this policy says otherwise at that time.
      </Notice>
    );
  }
  return (
    <>
      <p className="mb-2">
        {side === "from"
          ? `${text.trim()} reaches ${count(reach.length, "device")} of ${subjects.length}.`
          : `${count(reach.length, "device")} of ${subjects.length} ${reach.length === 1 ? "reaches" : "reach"} ${text.trim()}.`}
      </p>
      <DataTable caption={side === "from" ? "What it reaches" : "Who reaches it"}>
        <HeadRow>
          <ColumnHead>Device</ColumnHead>
          <ColumnHead>By</ColumnHead>
        </HeadRow>
        <Body>
          {reach.map(({ device, grants }) => (
            <Row key={device.id}>
              <RowTitle>
                <Link href={`/t/${team}/devices/${device.id}`} className="link">
                  {device.name}
                </Link>
              </RowTitle>
              <Cell label="By">
                <ul>
                  {grants.map((grant) => (
                    <li key={grant}>
                      <GrantLabel policy={policy} grant={grant} />
                    </li>
                  ))}
                </ul>
              </Cell>
            </Row>
          ))}
        </Body>
      </DataTable>
    </>
  );
}
