import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { IconButton } from "@/components/button.tsx";
import type { DeviceRight } from "@/components/device-right.ts";
import { Copyable } from "@/components/copy-button.tsx";
import {
  Body,
  Cell,
  DataTable,
  ColumnHead,
  HeadRow,
  Row,
  RowTitle,
  type Sort,
  SortableHead,
} from "@/components/data-table.tsx";
import { Menu, MenuItem } from "@/components/menu.tsx";
import { NatBadge } from "@/components/nat-badge.tsx";
import { PathMixBar } from "@/components/path-mix-bar.tsx";
import { StandingTag } from "@/components/standing-tag.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { Tag, TagList } from "@/components/tag.tsx";
import { TimeAgo, TimeSince } from "@/components/time.tsx";
import { STATUS_SIGN, STATUS_WORDS } from "@/components/words/device-words.ts";
import type { DeviceSummary } from "@/trpc/outputs.ts";
import type { SortKey } from "./device-list.ts";

type Actions = {
  readonly onApprove: (device: DeviceSummary) => void;
  readonly onRenew: (device: DeviceSummary) => void;
  readonly onRename: (device: DeviceSummary) => void;
  readonly onRevoke: (device: DeviceSummary) => void;
  readonly onRestore: (device: DeviceSummary) => void;
};

type Props = Actions & {
  readonly devices: readonly DeviceSummary[];
  /** Of a device's page. */
  readonly hrefOf: (device: DeviceSummary) => string;
  readonly sort: Sort<SortKey>;
  readonly onSort: (sort: Sort<SortKey>) => void;
  readonly rightOf: (device: DeviceSummary) => DeviceRight;
};

export function DeviceTable({ devices, hrefOf, sort, onSort, rightOf, ...actions }: Props) {
  const hasActions = devices.some((device) => rightOf(device) !== "none");
  return (
    <DataTable caption="Devices">
      <HeadRow>
        <SortableHead sortKey="status" sort={sort} onSort={onSort}>
          Status
        </SortableHead>
        <SortableHead sortKey="name" sort={sort} onSort={onSort}>
          Name
        </SortableHead>
        <SortableHead sortKey="address" sort={sort} onSort={onSort}>
          Address
        </SortableHead>
        <ColumnHead>Paths</ColumnHead>
        <ColumnHead>NAT</ColumnHead>
        <ColumnHead>System</ColumnHead>
        <ColumnHead>Agent</ColumnHead>
        <SortableHead sortKey="seen" sort={sort} onSort={onSort}>
          Seen
        </SortableHead>
        {hasActions && (
          <ColumnHead>
            <span className="sr-only">Actions</span>
          </ColumnHead>
        )}
      </HeadRow>
      <Body>
        {devices.map((device) => (
          <DeviceRow
            key={device.id}
            device={device}
            href={hrefOf(device)}
            right={rightOf(device)}
            hasActions={hasActions}
            {...actions}
          />
        ))}
      </Body>
    </DataTable>
  );
}

type RowProps = Actions & {
  readonly device: DeviceSummary;
  readonly href: string;
  readonly right: DeviceRight;
  /** Whether any row has some, so that there is a column. */
  readonly hasActions: boolean;
};

function DeviceRow({ device, href, right, hasActions, ...actions }: RowProps) {
  const isOnline = device.status === "online";
  return (
    <Row>
      <Cell label="Status">
        <StateLabel state={STATUS_SIGN[device.status]}>{STATUS_WORDS[device.status]}</StateLabel>
      </Cell>
      <RowTitle>
        <span className="inline-flex max-w-full flex-wrap items-center gap-x-2 gap-y-1 sm:min-w-36">
          <Link
            href={href}
            className="row-link font-medium max-sm:[overflow-wrap:anywhere] sm:max-w-48 sm:truncate"
            title={device.name}
          >
            {device.name}
          </Link>
          <TagList tags={device.tags} />
          {right === "own" && <Tag>Yours</Tag>}
          {device.ephemeral && <Tag>Ephemeral</Tag>}
          <StandingTag device={device} />
        </span>
      </RowTitle>
      <Cell label="Address">
        <span className="[&_*]:[overflow-wrap:normal] whitespace-nowrap">
          <Copyable text={device.ipv4} />
        </span>
      </Cell>
      <Cell label="Paths">{isOnline ? <PathMixBar {...device.paths} /> : undefined}</Cell>
      <Cell label="NAT">
        <NatBadge profile={device.natProfile} />
      </Cell>
      <Cell label="System">
        <span className="whitespace-nowrap">
          <bdi>{device.os}</bdi> <span className="text-muted">{device.arch}</span>
        </span>
      </Cell>
      <Cell label="Agent">{device.agentVersion}</Cell>
      <Cell label="Seen">
        <Seen device={device} />
      </Cell>
      {hasActions && (
        <Cell className="card-actions text-end">
          {right !== "none" && !(right === "own" && device.status === "revoked") && (
            <RowActions device={device} right={right} {...actions} />
          )}
        </Cell>
      )}
    </Row>
  );
}

function Seen({ device }: { readonly device: DeviceSummary }) {
  if (device.connectedSince !== null) {
    return (
      <span className="whitespace-nowrap">
        for <TimeSince at={device.connectedSince} />
      </span>
    );
  }
  return device.lastSeenAt === null ? <span className="text-muted">Never</span> : <TimeAgo at={device.lastSeenAt} />;
}

function RowActions({
  device,
  right,
  onApprove,
  onRenew,
  onRename,
  onRevoke,
  onRestore,
}: Actions & { readonly device: DeviceSummary; readonly right: DeviceRight }) {
  const isManager = right === "manage";
  return (
    <Menu
      trigger={(props) => (
        <IconButton {...props} aria-label={`Actions for ${device.name}`}>
          <Ellipsis aria-hidden="true" />
        </IconButton>
      )}
    >
      {device.status === "revoked" ? (
        <MenuItem onSelect={() => onRestore(device)}>Restore</MenuItem>
      ) : (
        <>
          {isManager && device.standing === "awaiting-approval" && (
            <MenuItem onSelect={() => onApprove(device)}>Approve</MenuItem>
          )}
          {isManager && device.keyExpiresAt !== null && <MenuItem onSelect={() => onRenew(device)}>Renew key</MenuItem>}
          <MenuItem onSelect={() => onRename(device)}>Rename</MenuItem>
          <MenuItem dangerous onSelect={() => onRevoke(device)}>
            Revoke
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
