"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { Button } from "@/components/button.tsx";
import { CandidateTable } from "@/components/candidate-table.tsx";
import { Card } from "@/components/card.tsx";
import { Copyable } from "@/components/copy-button.tsx";
import { useDeviceActions } from "@/components/device-actions.tsx";
import { useDeviceRight } from "@/components/device-right.ts";
import { Fact, Facts } from "@/components/facts.tsx";
import { NatFacts } from "@/components/nat-facts.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { StandingTag } from "@/components/standing-tag.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { Tag, TagList } from "@/components/tag.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { TimeAgo, TimeSince } from "@/components/time.tsx";
import { STATUS_SIGN, STATUS_WORDS } from "@/components/words/device-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { DeviceDetail } from "@/trpc/outputs.ts";
import { PeerTable } from "./peer-table.tsx";

/** Charts and their library are of no use before the page stands: they come after it. */
const DeviceCharts = dynamic(() => import("./device-charts.tsx").then((module) => module.DeviceCharts), { ssr: false });

type DeviceId = `dev_${string}`;

export function DeviceView({ deviceId }: { readonly deviceId: DeviceId }) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const device = useQuery(trpc.device.get.queryOptions({ team, deviceId }));
  if (device.data === undefined) {
    return device.isError ? (
      <QueryProblem error={device.error} onRetry={() => void device.refetch()} />
    ) : (
      <SkeletonRows label="Loading the device" />
    );
  }
  return (
    <>
      <DeviceHeader device={device.data} />
      <StaleNotice query={device} />
      <DeviceBody device={device.data} />
    </>
  );
}

function DeviceHeader({ device }: { readonly device: DeviceDetail }) {
  const right = useDeviceRight()(device);
  const isManager = right === "manage";
  const actions = useDeviceActions();
  const isRevoked = device.status === "revoked";
  return (
    <>
      <PageHeader
        title={device.name}
        lead={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <StateLabel state={STATUS_SIGN[device.status]}>
              <span className="text-text">{STATUS_WORDS[device.status]}</span>
            </StateLabel>
            <Seen device={device} />
            <TagList tags={device.tags} />
            {device.ephemeral && <Tag>Ephemeral</Tag>}
            <StandingTag device={device} />
          </span>
        }
        actions={
          right !== "none" &&
          (isRevoked ? (
            isManager && (
              <Button look="primary" onClick={() => actions.restore(device)}>
                Restore device
              </Button>
            )
          ) : (
            <>
              {isManager && device.standing === "awaiting-approval" && (
                <Button look="primary" onClick={() => actions.approve(device)}>
                  Approve device
                </Button>
              )}
              {isManager && device.standing === "key-expired" && (
                <Button look="primary" onClick={() => actions.renew(device)}>
                  Renew key
                </Button>
              )}
              <Button onClick={() => actions.rename(device)}>Rename</Button>
              <Button onClick={() => actions.replace(device)}>Replace an older device</Button>
              <Button onClick={() => actions.revoke(device)} className="text-danger!">
                Revoke device
              </Button>
            </>
          ))
        }
      />
      {!isRevoked && device.standing !== "admitted" && <StandingNotice device={device} />}
      {isRevoked && (
        <Notice tone="problem" className="mb-4" title={`${device.name} is revoked`}>
          No other device talks to it any more.{" "}
          {device.restorableUntil !== null && (
            <>
              It can be restored until <TimeAgo at={device.restorableUntil} focusable />; after that it has to enroll
              again.
            </>
          )}
        </Notice>
      )}
      {actions.dialog}
    </>
  );
}

function StandingNotice({ device }: { readonly device: DeviceDetail }) {
  return device.standing === "awaiting-approval" ? (
    <Notice tone="warning" className="mb-4" title={`${device.name} waits for approval`}>
      It has enrolled, and no other device sees it yet. Somebody who manages devices lets it in; nothing has to be done
      on the machine.
    </Notice>
  ) : (
    <Notice tone="problem" className="mb-4" title={`The key of ${device.name} has expired`}>
      No other device sees it until somebody who manages devices renews it; nothing has to be done on the machine.
    </Notice>
  );
}

function Seen({ device }: { readonly device: DeviceDetail }) {
  if (device.connectedSince !== null) {
    return (
      <span>
        for <TimeSince at={device.connectedSince} focusable />
      </span>
    );
  }
  if (device.lastSeenAt === null) return null;
  return (
    <span>
      last seen <TimeAgo at={device.lastSeenAt} focusable />
    </span>
  );
}

function DeviceBody({ device }: { readonly device: DeviceDetail }) {
  const { slug: team } = useTeam();
  const seesAll = useMay("devices.view");
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 lg:grid-cols-2">
        <Card title="Identity">
          <Identity device={device} />
        </Card>
        <Card title="NAT">
          <NatFacts profile={device.natProfile} />
        </Card>
      </div>
      <Card flush title="Connections">
        {device.peers.length === 0 ? (
          <p className="p-4 text-muted">None yet. A connection is made when traffic flows to or from another device.</p>
        ) : (
          <PeerTable
            self={device.name}
            peers={device.peers}
            hrefOf={({ peer }) => `/t/${team}/connections/${pairId(device.id, peer.id)}`}
          />
        )}
      </Card>
      {(seesAll || device.isOwn) && <DeviceCharts deviceId={device.id} />}
      <Card flush title="Candidates">
        <CandidateTable caption={`Candidates of ${device.name}`} candidates={device.candidates} />
      </Card>
    </div>
  );
}

function Identity({ device }: { readonly device: DeviceDetail }) {
  const { slug: team } = useTeam();
  return (
    <Facts>
      <Fact name="Overlay IPv4">
        <Copyable text={device.ipv4} />
      </Fact>
      <Fact name="Overlay IPv6">
        <Copyable text={device.ipv6} />
      </Fact>
      {device.owner !== null && (
        <Fact name="Owner">
          <bdi>{device.owner}</bdi>
          {device.isOwn && <span className="text-muted"> (you)</span>}
        </Fact>
      )}
      <Fact name="Host">{device.hostname}</Fact>
      <Fact name="System">
        <bdi>{device.os}</bdi> <span className="text-muted">{device.arch}</span>
      </Fact>
      <Fact name="Agent">{device.agentVersion}</Fact>
      <Fact name="Enrolled">
        <TimeAgo at={device.enrolledAt} focusable />
        {device.enrolledWith !== null && (
          <>
            {" "}
            with{" "}
            <a className="link" href={`/t/${team}/enrollment`}>
              {device.enrolledWith.name}
            </a>
          </>
        )}
      </Fact>
      <Fact name="Key expires">
        {device.keyExpiresAt === null ? "Never" : <TimeAgo at={device.keyExpiresAt} focusable />}
      </Fact>
      <Fact name="Node key">
        <Copyable text={device.nodeKey} what="node key" />
      </Fact>
      <Fact name="Identity key">
        <Copyable text={device.identityKey} what="identity key" />
      </Fact>
      <Fact name="Id">
        <Copyable text={device.id} what="device id" />
      </Fact>
    </Facts>
  );
}

/** Pairs are named in the order of their ids. */
function pairId(one: DeviceId, other: DeviceId): string {
  return one < other ? `${one}..${other}` : `${other}..${one}`;
}
