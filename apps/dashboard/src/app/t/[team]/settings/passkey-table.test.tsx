// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { PasskeySummary } from "@/trpc/outputs.ts";
import { PasskeyTable } from "./passkey-table.tsx";

afterEach(cleanup);

test("each passkey says whether it was used, and the one whose button is pressed is meant", () => {
  const [onRename, onRemove] = [vi.fn<(passkey: PasskeySummary) => void>(), vi.fn<(passkey: PasskeySummary) => void>()];
  const createdAt = new Date();
  render(
    <PasskeyTable
      passkeys={[
        { id: "pky_1", name: "Phone", createdAt, lastUsedAt: createdAt },
        { id: "pky_2", name: "Key", createdAt, lastUsedAt: null },
      ]}
      onRename={onRename}
      onRemove={onRemove}
    />,
  );
  expect(screen.getByRole("row", { name: /^Key Never/ })).toBeDefined();
  expect(screen.queryByRole("row", { name: /^Phone Never/ })).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Rename Phone" }));
  fireEvent.click(screen.getByRole("button", { name: "Remove Key" }));
  expect(onRename).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: "pky_1" }));
  expect(onRemove).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: "pky_2" }));
});
