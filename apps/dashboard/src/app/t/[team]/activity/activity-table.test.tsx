// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { AuditEvent } from "@/trpc/outputs.ts";
import { ActivityTable } from "./activity-table.tsx";

afterEach(cleanup);

test("a line says who did what to what, from where, and what changed", () => {
  renderEvent({ action: "device.rename", before: { name: "old" }, after: { name: "nas" } });
  const row = screen.getByRole("row", { name: /Renamed device nas/ });
  expect(within(row).getByRole("cell", { name: "Ana" })).toBeDefined();
  expect(within(row).getByRole("cell", { name: "Name: old → nas" })).toBeDefined();
  expect(within(row).getByRole("cell", { name: "192.0.2.1" })).toBeDefined();
  expect(within(row).getByRole("link", { name: "nas" }).getAttribute("href")).toBe("/device/dev_1");
});

test("what was done without a browser says so", () => {
  renderEvent({ actor: { kind: "command-line", id: null, name: "root" }, address: null });
  expect(screen.getByRole("cell", { name: "root on the server's command line" })).toBeDefined();
});

test("what has no page of its own is not a link", () => {
  renderEvent({ object: { kind: "team", id: "team_1", name: "Harbour crew" }, action: "team.create" });
  expect(screen.queryByRole("link")).toBeNull();
  expect(screen.getByText("Harbour crew")).toBeDefined();
});

function renderEvent(fields: Partial<AuditEvent>) {
  const event: AuditEvent = {
    id: "aud_1",
    actor: { kind: "user", id: "usr_1", name: "Ana" },
    action: "device.revoke",
    object: { kind: "device", id: "dev_1", name: "nas" },
    before: null,
    after: null,
    address: "192.0.2.1",
    at: new Date(),
    ...fields,
  };
  render(
    <ActivityTable events={[event]} hrefOf={({ kind, id }) => (kind === "device" ? `/device/${id}` : undefined)} />,
  );
}
