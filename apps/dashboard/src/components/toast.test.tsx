// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Toasts } from "./toast.tsx";
import { toast, UNDO_MS } from "./toast-store.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  for (const { id } of toast.list()) toast.dismiss(id);
  vi.useRealTimers();
});

test("undo is offered for ten seconds and no longer", () => {
  const onUndo = vi.fn<() => void>();
  render(<Toasts />);
  act(() => toast.undo("nas is revoked", onUndo));
  act(() => void vi.advanceTimersByTime(UNDO_MS - 1));
  expect(screen.getByText("nas is revoked")).toBeDefined();
  act(() => void vi.advanceTimersByTime(1));
  expect(screen.queryByText("nas is revoked")).toBeNull();
  expect(onUndo).not.toHaveBeenCalled();
});

test("undo happens once, and its message goes", () => {
  const onUndo = vi.fn<() => void>();
  render(<Toasts />);
  act(() => toast.undo("nas is revoked", onUndo));
  fireEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(onUndo).toHaveBeenCalledOnce();
  expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
});

test("a message that is pointed at or focused stays", () => {
  render(<Toasts />);
  act(() => toast.done("Saved"));
  fireEvent.focus(screen.getByRole("button", { name: "Dismiss" }));
  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.getByText("Saved")).toBeDefined();
  fireEvent.blur(screen.getByRole("button", { name: "Dismiss" }));
  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.queryByText("Saved")).toBeNull();
});

test("a problem is announced at once", () => {
  render(<Toasts />);
  act(() => toast.problem("The server does not answer.", "Try again."));
  expect(screen.getByRole("alert").textContent).toContain("The server does not answer.");
});

test("there are never more than four, and the oldest gives way", () => {
  render(<Toasts />);
  act(() => ["one", "two", "three", "four", "five"].forEach((title) => toast.done(title)));
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["two", "three", "four", "five"]);
});
