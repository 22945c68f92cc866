// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { TokenSummary } from "@/trpc/outputs.ts";
import { TokenTable } from "./token-table.tsx";

afterEach(cleanup);

test.each([
  ["usable", "Usable"],
  ["used-up", "Used up"],
  ["expired", "Expired"],
  ["revoked", "Revoked"],
] as const)("a token that is %s says %s", (status, word) => {
  renderTokens([{ status }]);
  expect(screen.getByRole("cell", { name: word })).toBeDefined();
});

test("only a usable token can be revoked, and it is that one", () => {
  const { onRevoke } = renderTokens([
    { status: "expired", name: "old" },
    { name: "new", id: "tok_2" },
  ]);
  const buttons = screen.getAllByRole("button");
  expect(buttons.map((button) => button.getAttribute("aria-label"))).toEqual(["Revoke new"]);
  buttons[0]?.click();
  expect(onRevoke).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: "tok_2" }));
});

test("the devices that it enrolled are linked", () => {
  renderTokens([{ uses: 1, devices: [{ id: "dev_7", name: "nas" }] }]);
  expect(screen.getByRole("link", { name: "nas" }).getAttribute("href")).toBe("/devices/dev_7");
  expect(screen.getByRole("cell", { name: "1 of 1" })).toBeDefined();
});

function renderTokens(rows: Partial<TokenSummary>[]) {
  const onRevoke = vi.fn<(token: TokenSummary) => void>();
  const tokens = rows.map(
    (fields, index): TokenSummary => ({
      id: `tok_${index}`,
      name: `token ${index}`,
      visiblePrefix: "phk_abcdefghi",
      status: "usable",
      uses: 0,
      maxUses: 1,
      tags: [],
      ephemeral: false,
      createdBy: "Ada",
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + 3_600_000),
      revokedAt: null,
      lastUsedAt: null,
      devices: [],
      ...fields,
    }),
  );
  render(<TokenTable tokens={tokens} deviceHrefOf={(id) => `/devices/${id}`} onRevoke={onRevoke} />);
  return { onRevoke };
}
