// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { RelaySummary } from "@/trpc/outputs.ts";
import { RelayTable } from "./relay-table.tsx";

afterEach(cleanup);

test("a relay says how far it is from whom, and how many pairs use it, which leads to them", () => {
  const row = renderRow({
    state: "used",
    reachedBy: 3,
    rttMs: { shortest: 4.2, median: 12.3, longest: 80 },
    pairs: 2,
  });
  for (const name of ["In use", "The dashboard's own", "12 ms", "4.2 ms to 80 ms", "3 of 4 devices online"])
    expect(row.getByRole("cell", { name })).toBeDefined();
  expect(row.getByRole("link", { name: "2" }).getAttribute("href")).toBe("/pairs");
});

test("one that nobody has measured says nothing of its distance", () => {
  const row = renderRow({ state: "unreached", kind: "stand-alone", url: "ws://198.51.100.7:3478/relay/v1" });
  expect(row.getByRole("cell", { name: "Not reached" })).toBeDefined();
  expect(row.getByRole("cell", { name: "Stand-alone ws://198.51.100.7:3478/relay/v1" })).toBeDefined();
  expect(row.getByRole("cell", { name: "0" })).toBeDefined();
  expect(row.queryByText(/ms/)).toBeNull();
});

test("a device leads to its page", () => {
  const row = renderRow({ kind: "device", name: "vps", deviceId: "dev_a", state: "offline" });
  expect(row.getByRole("link", { name: "vps" }).getAttribute("href")).toBe("/devices/dev_a");
  expect(row.getByRole("cell", { name: "Offline" })).toBeDefined();
});

function renderRow(fields: Partial<RelaySummary>) {
  const relay: RelaySummary = {
    kind: "main",
    name: "main",
    deviceId: null,
    url: null,
    state: "ready",
    reachedBy: 0,
    rttMs: null,
    pairs: 0,
    ...fields,
  };
  render(
    <RelayTable
      list={{ relays: [relay], devicesOnline: 4 }}
      hrefOf={(deviceId) => `/devices/${deviceId}`}
      pairsHref="/pairs"
    />,
  );
  return within(screen.getByRole("row", { name: new RegExp(relay.name) }));
}
