// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { DevicePath } from "@/trpc/outputs.ts";
import { PeerTable } from "./peer-table.tsx";

afterEach(cleanup);

test("a direct path shows its kind, its candidates and its round trip", () => {
  renderPeer({
    path: {
      kind: "direct",
      type: "punched",
      rttMs: 12.2,
      since: 0,
      localCandidate: "server-reflexive",
      remoteCandidate: "host",
    },
  });
  expect(screen.getByRole("cell", { name: "Direct, punched" })).toBeDefined();
  expect(screen.getByRole("cell", { name: "Server-reflexive ⇄ host" })).toBeDefined();
  expect(screen.getByRole("cell", { name: "12 ms" })).toBeDefined();
});

test("a relayed path says why, on whose side, and whether that was measured", () => {
  renderPeer({
    path: { kind: "relay", relay: "fra", since: 0 },
    reason: { code: "peer_offline", side: "peer", measured: false },
  });
  expect(screen.getByRole("cell", { name: "Relayed, fra" })).toBeDefined();
  expect(screen.getByRole("cell", { name: "likely nas is offline" })).toBeDefined();
});

test("an old report is not shown as a good state", () => {
  renderPeer({ isFresh: false, path: { kind: "direct", type: "lan", rttMs: 1, since: 0 } });
  expect(screen.getByRole("cell", { name: /^Direct, LAN, as of / })).toBeDefined();
  expect(screen.queryByText(/ms$/)).toBeNull();
});

test("the row leads to the pair", () => {
  renderPeer({});
  expect(screen.getByRole("link", { name: "nas" }).getAttribute("href")).toBe("/pair/dev_nas");
});

function renderPeer(fields: Partial<DevicePath>) {
  const report: DevicePath = {
    peer: { id: "dev_nas", name: "nas", online: true },
    path: { kind: "none", since: 0 },
    reason: null,
    updatedAt: new Date(),
    isFresh: true,
    ...fields,
  };
  render(<PeerTable self="laptop" peers={[report]} hrefOf={({ peer }) => `/pair/${peer.id}`} />);
}
