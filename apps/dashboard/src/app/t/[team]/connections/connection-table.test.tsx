// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { ConnectionSummary } from "@/trpc/outputs.ts";
import { ConnectionTable } from "./connection-table.tsx";

afterEach(cleanup);

const BLANK = {
  type: null,
  relay: null,
  viaDevice: null,
  candidates: null,
  rttMs: null,
  since: null,
  reason: null,
  isOneSided: false,
};

test("a direct pair shows how, and its round trip", () => {
  renderRow({
    state: { ...BLANK, kind: "direct", type: "punched", rttMs: 12.3, candidates: { a: "server-reflexive", b: "host" } },
  });
  expect(screen.getByRole("cell", { name: "Direct, punched" })).toBeDefined();
  expect(screen.getByRole("cell", { name: "12 ms" })).toBeDefined();
  expect(screen.getByRole("cell", { name: "Server-reflexive ⇄ host" })).toBeDefined();
});

test("a relayed pair says why, and tells what is measured from what is likely", () => {
  renderRow({
    state: { ...BLANK, kind: "relay", relay: "fra", reason: { code: "both_symmetric", side: "both", measured: true } },
  });
  expect(screen.getByRole("cell", { name: "both NATs change ports per peer" })).toBeDefined();
  cleanup();
  renderRow({
    state: { ...BLANK, kind: "relay", relay: null, reason: { code: "udp_blocked_b", side: "b", measured: false } },
  });
  expect(screen.getByRole("cell", { name: "likely no UDP leaves nas's network" })).toBeDefined();
  expect(screen.getByRole("cell", { name: "Relayed" })).toBeDefined();
});

test("a pair that a device passes packets on for names it as one", () => {
  renderRow({ state: { ...BLANK, kind: "relay", relay: "vps", viaDevice: "dev_c" } });
  expect(screen.getByRole("cell", { name: "Relayed, device vps" })).toBeDefined();
});

test.each([
  ["none", "No path"],
  ["offline", "Offline"],
  ["unknown", "Not tried"],
] as const)("%s is %s", (kind, words) => {
  renderRow({ state: { ...BLANK, kind } });
  expect(screen.getByRole("cell", { name: words })).toBeDefined();
});

test("an attempt under way shows, and the row leads to the pair", () => {
  renderRow({ isTrying: true, lastAttempt: { startAt: new Date(), outcome: null } });
  expect(screen.getByRole("cell", { name: /^Not tried ?, trying$/ })).toBeDefined();
  expect(screen.getByRole("cell", { name: /^Under way/ })).toBeDefined();
  expect(screen.getByRole("link", { name: "laptop ⇄ nas" }).getAttribute("href")).toBe("/pairs/dev_a..dev_b");
});

function renderRow(fields: Partial<ConnectionSummary>) {
  const connection: ConnectionSummary = {
    id: "dev_a..dev_b",
    a: { id: "dev_a", name: "laptop", online: true },
    b: { id: "dev_b", name: "nas", online: true },
    state: { ...BLANK, kind: "unknown" },
    isTrying: false,
    lastAttempt: null,
    updatedAt: null,
    ...fields,
  };
  render(<ConnectionTable connections={[connection]} hrefOf={({ id }) => `/pairs/${id}`} />);
}
