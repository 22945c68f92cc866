"use client";

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Button, ButtonLink } from "@/components/button.tsx";
import { CutNotice } from "@/components/cut-notice.tsx";
import { useDeviceActions } from "@/components/device-actions.tsx";
import { useDeviceRight } from "@/components/device-right.ts";
import { EmptyState } from "@/components/empty-state.tsx";
import { FilterBar } from "@/components/filter-bar.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SearchBox } from "@/components/search-box.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { useUrlState } from "@/components/url-state.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { DeviceSummary } from "@/trpc/outputs.ts";
import {
  formatSort,
  hasStatus,
  matchesSearch,
  parseSort,
  parseStatusFilter,
  sortDevices,
  STATUS_FILTERS,
  type StatusFilter,
} from "./device-list.ts";
import { DeviceTable } from "./device-table.tsx";

/** Filters that stand there only when there is something behind them. */
const RARE: ReadonlySet<StatusFilter> = new Set(["waiting", "revoked"]);

const FILTER_LABEL = {
  all: "All",
  online: "Online",
  offline: "Offline",
  waiting: "Waiting",
  revoked: "Revoked",
} as const;

/** Connects {@link DeviceTable} to the API and to the address. */
export function DevicesView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const mayAddAny = useMay("tokens.manage");
  const mayAddOwn = useMay("devices.own");
  const mayAdd = mayAddAny || mayAddOwn;
  const list = useQuery(trpc.device.list.queryOptions({ team }));
  const addHref = `/t/${team}/devices/add`;

  return (
    <>
      <PageHeader
        title="Devices"
        actions={
          mayAdd && (
            <ButtonLink look="primary" href={addHref}>
              <Plus aria-hidden="true" /> Add device
            </ButtonLink>
          )
        }
      />
      {list.data?.isCut === true && <CutNotice />}
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label="Loading devices" />
        )
      ) : list.data.devices.length === 0 ? (
        <NoDevices addHref={addHref} mayAdd={mayAdd} />
      ) : (
        <>
          <StaleNotice query={list} />
          <DeviceList devices={list.data.devices} />
        </>
      )}
    </>
  );
}

function DeviceList({ devices }: { readonly devices: readonly DeviceSummary[] }) {
  const { slug: team } = useTeam();
  const rightOf = useDeviceRight();
  const actions = useDeviceActions();
  const [params, setParams] = useUrlState();
  const search = params.get("q") ?? "";
  const status = parseStatusFilter(params.get("status"));
  const sort = parseSort(params.get("sort"));

  const found = devices.filter((device) => matchesSearch(device, search));
  const options = STATUS_FILTERS.map((value) => ({
    value,
    label: FILTER_LABEL[value],
    count: found.filter((device) => hasStatus(device, value)).length,
  }));
  const rows = sortDevices(
    found.filter((device) => hasStatus(device, status)),
    sort,
  );

  const waiting = devices.filter((device) => hasStatus(device, "waiting")).length;
  return (
    <>
      {waiting > 0 && status !== "waiting" && (
        <Notice
          tone="warning"
          className="mb-3"
          title={waiting === 1 ? "1 device waits for approval" : `${waiting} devices wait for approval`}
          actions={<Button onClick={() => setParams({ status: "waiting", q: undefined }, { step: true })}>Show</Button>}
        >
          No other device sees {waiting === 1 ? "it" : "them"} until somebody who manages devices lets{" "}
          {waiting === 1 ? "it" : "them"} in.
        </Notice>
      )}
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchBox label="Search devices" value={search} onChange={(q) => setParams({ q })} />
        <FilterBar
          label="Status"
          value={status}
          options={options.filter(({ value, count }) => !RARE.has(value) || count > 0 || status === value)}
          onChange={(value) => setParams({ status: value === "all" ? undefined : value }, { step: true })}
        />
      </div>
      {rows.length === 0 ? (
        <EmptyState
          picture={false}
          title="No device matches"
          action={
            <Button onClick={() => setParams({ q: undefined, status: undefined }, { step: true })}>
              Clear search and filter
            </Button>
          }
        />
      ) : (
        <DeviceTable
          devices={rows}
          hrefOf={({ id }) => `/t/${team}/devices/${id}`}
          sort={sort}
          onSort={(next) => setParams({ sort: formatSort(next) }, { step: true })}
          rightOf={rightOf}
          onApprove={actions.approve}
          onRenew={actions.renew}
          onRename={actions.rename}
          onRevoke={actions.revoke}
          onRestore={actions.restore}
        />
      )}
      {actions.dialog}
    </>
  );
}

function NoDevices({ addHref, mayAdd }: { readonly addHref: string; readonly mayAdd: boolean }) {
  const seesAll = useMay("devices.view");
  if (!mayAdd) {
    return <EmptyState title="No devices yet">An owner or admin of the team adds the first one.</EmptyState>;
  }
  return (
    <EmptyState
      title={seesAll ? "No devices yet" : "You have no devices yet"}
      action={
        <ButtonLink look="primary" href={addHref}>
          Add {seesAll ? "the first" : "a"} device
        </ButtonLink>
      }
    >
      You get one command to run on a machine. It installs the agent, enrolls the machine here, and finds direct paths
      to the others by itself.{!seesAll && " What it may reach is then listed here as well."}
    </EmptyState>
  );
}
