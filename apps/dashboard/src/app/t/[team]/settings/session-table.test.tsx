// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { SessionRow } from "@/trpc/outputs.ts";
import { SessionTable } from "./session-table.tsx";

afterEach(cleanup);

test("one's own session is marked, and the one whose button is pressed is signed out", () => {
  const onRevoke = vi.fn<(session: SessionRow) => void>();
  render(
    <SessionTable
      sessions={[newSession("ses_1", "Firefox/150 Linux", true), newSession("ses_2", "Chrome/149 Windows", false)]}
      onRevoke={onRevoke}
    />,
  );
  expect(screen.getByRole("rowheader", { name: "Firefox on Linux This one" })).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Sign out Chrome on Windows" }));
  expect(onRevoke).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: "ses_2" }));
});

function newSession(id: SessionRow["id"], userAgent: string, isCurrent: boolean): SessionRow {
  const now = new Date();
  return { id, userAgent, address: "192.0.2.1", createdAt: now, lastSeenAt: now, expiresAt: now, isCurrent };
}
