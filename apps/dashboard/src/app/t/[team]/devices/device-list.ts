/** Which devices a list shows, and in which order. */
import type { Sort } from "@/components/data-table.tsx";
import type { DeviceStatus, DeviceSummary } from "@/trpc/outputs.ts";

export const STATUS_FILTERS = ["all", "online", "offline", "waiting", "revoked"] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

export const SORT_KEYS = ["name", "status", "address", "seen"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export function parseStatusFilter(text: string | null): StatusFilter {
  return STATUS_FILTERS.find((filter) => filter === text) ?? "all";
}

/** `name` and `-seen`: as it stands in the address. */
export function parseSort(text: string | null): Sort<SortKey> {
  const isDescending = text?.startsWith("-") ?? false;
  const key = SORT_KEYS.find((candidate) => candidate === (isDescending ? text?.slice(1) : text)) ?? "name";
  return { key, order: isDescending ? "descending" : "ascending" };
}

export function formatSort({ key, order }: Sort<SortKey>): string | undefined {
  if (order === "descending") return `-${key}`;
  return key === "name" ? undefined : key;
}

/** Revoked devices are out of every view but their own. */
export function hasStatus({ status, standing }: DeviceSummary, filter: StatusFilter): boolean {
  switch (filter) {
    case "waiting":
      return status !== "revoked" && standing === "awaiting-approval";
    case "all":
      return status !== "revoked";
    case "offline":
      return status === "offline" || status === "never-connected";
    case "online":
    case "revoked":
      return status === filter;
    default:
      return filter satisfies never;
  }
}

/** Every word has to occur somewhere in what the row says. */
export function matchesSearch(device: DeviceSummary, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    device.name,
    device.hostname,
    device.ipv4,
    device.ipv6,
    device.os,
    device.arch,
    device.agentVersion,
    ...device.tags,
  ]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

const STATUS_ORDER: Record<DeviceStatus, number> = { online: 0, offline: 1, "never-connected": 2, revoked: 3 };
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Ties are broken by name, so that rows do not change places between two equal answers. */
export function sortDevices(devices: readonly DeviceSummary[], { key, order }: Sort<SortKey>): DeviceSummary[] {
  const direction = order === "ascending" ? 1 : -1;
  return devices.toSorted((a, b) => direction * COMPARE[key](a, b) || names.compare(a.name, b.name));
}

const COMPARE: Record<SortKey, (a: DeviceSummary, b: DeviceSummary) => number> = {
  name: (a, b) => names.compare(a.name, b.name),
  status: (a, b) => STATUS_ORDER[a.status] - STATUS_ORDER[b.status],
  address: (a, b) => names.compare(a.ipv4, b.ipv4),
  seen: (a, b) => seenAt(b) - seenAt(a),
};

/** A device that is online is being seen at this moment. */
function seenAt({ status, lastSeenAt }: DeviceSummary): number {
  return status === "online" ? Number.MAX_SAFE_INTEGER : (lastSeenAt?.getTime() ?? 0);
}
