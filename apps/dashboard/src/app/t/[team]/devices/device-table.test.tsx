// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { DeviceRight } from "@/components/device-right.ts";
import type { DeviceSummary } from "@/trpc/outputs.ts";
import { DeviceTable } from "./device-table.tsx";
import { newDevice } from "./testing.ts";

type RightOf = (device: DeviceSummary) => DeviceRight;

afterEach(cleanup);

test.each([
  ["online", "Online"],
  ["offline", "Offline"],
  ["never-connected", "Not seen yet"],
  ["revoked", "Revoked"],
] as const)("a device that is %s says %s", (status, word) => {
  renderTable([newDevice("nas", { status })]);
  expect(screen.getByRole("cell", { name: word })).toBeDefined();
});

test("a row says address, paths, NAT, system, version and since when, and leads to the device", () => {
  renderTable([
    newDevice("nas", {
      ipv4: "100.64.0.9",
      tags: ["tag:server"],
      paths: { direct: 4, relay: 1, none: 0 },
      arch: "arm64",
      connectedSince: new Date(Date.now() - 3 * 3_600_000),
    }),
  ]);
  const row = screen.getByRole("row", { name: /nas/ });
  for (const text of [
    "100.64.0.9",
    "tag:server",
    "5 connections: 4 direct, 1 relayed",
    "Not measured",
    "linux arm64",
    "0.1.0",
    "for 3 h",
  ]) {
    expect(row.textContent).toContain(text);
  }
  expect(within(row).getByRole("link", { name: "nas" }).getAttribute("href")).toBe("/devices/dev_nas");
});

test("what a device that is away once reported is not shown as its paths", () => {
  renderTable([newDevice("nas", { status: "offline", paths: { direct: 4, relay: 0, none: 0 } })]);
  expect(screen.queryByText(/4 direct/)).toBeNull();
});

test("who may change nothing is offered nothing", () => {
  renderTable([newDevice("nas")], { rightOf: () => "none" });
  expect(screen.queryByRole("button", { name: "Actions for nas" })).toBeNull();
  expect(screen.queryByRole("columnheader", { name: "Actions" })).toBeNull();
});

test("an owner renames and revokes what is theirs, and nothing that is for whoever manages devices", () => {
  const own = newDevice("nas", { standing: "awaiting-approval", keyExpiresAt: new Date(0), isOwn: true });
  const lost = newDevice("lost", { status: "revoked", isOwn: true });
  renderTable([own, lost, newDevice("printer")], { rightOf: ({ isOwn }) => (isOwn ? "own" : "none") });
  expect(screen.queryByRole("button", { name: "Actions for printer" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Actions for lost" })).toBeNull();
  const menu = document.getElementById(
    screen.getByRole("button", { name: "Actions for nas" }).getAttribute("popovertarget")!,
  )!;
  fireEvent(menu, Object.assign(new Event("beforetoggle"), { newState: "open" }));
  expect(screen.getAllByRole("menuitem", { hidden: true }).map(({ textContent }) => textContent)).toEqual([
    "Rename",
    "Revoke",
  ]);
});

test("the sorted column says so, and pressing it again turns the order round", () => {
  const { onSort } = renderTable([newDevice("nas")]);
  expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe("ascending");
  expect(screen.getByRole("columnheader", { name: "Status" }).getAttribute("aria-sort")).toBe("none");
  fireEvent.click(screen.getByRole("button", { name: "Name" }));
  fireEvent.click(screen.getByRole("button", { name: "Seen" }));
  expect(onSort.mock.calls).toEqual([[{ key: "name", order: "descending" }], [{ key: "seen", order: "ascending" }]]);
});

const manageAll: RightOf = () => "manage";

function renderTable(devices: DeviceSummary[], { rightOf = manageAll } = {}) {
  const onSort = vi.fn<(sort: unknown) => void>();
  const ignore = () => undefined;
  render(
    <DeviceTable
      devices={devices}
      hrefOf={({ id }) => `/devices/${id}`}
      sort={{ key: "name", order: "ascending" }}
      onSort={onSort}
      rightOf={rightOf}
      onApprove={() => undefined}
      onRenew={() => undefined}
      onRename={ignore}
      onRevoke={ignore}
      onRestore={ignore}
    />,
  );
  return { onSort };
}
