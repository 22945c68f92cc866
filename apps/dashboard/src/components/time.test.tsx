// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClockProvider } from "./clock.tsx";
import { TimeAgo, TimeSince } from "./time.tsx";

const NOW = Date.parse("2026-01-02T03:04:05Z");

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("relative words move on by themselves, and the exact time is in the markup", () => {
  render(
    <ClockProvider serverNow={NOW}>
      <TimeAgo at={new Date(NOW - 40_000)} />
    </ClockProvider>,
  );
  const time = screen.getByText("40 s ago");
  expect(time.getAttribute("datetime")).toBe("2026-01-02T03:03:25.000Z");
  act(() => void vi.advanceTimersByTime(21_000));
  expect(time.textContent).toBe("1 min ago");
});

test("a browser whose clock is wrong shows times on the server's clock", () => {
  render(
    <ClockProvider serverNow={NOW + 3_600_000}>
      <TimeSince at={new Date(NOW)} />
    </ClockProvider>,
  );
  expect(screen.getByText("1 h")).toBeDefined();
});

test("all times of a page share one timer", () => {
  render(
    <ClockProvider serverNow={NOW}>
      {Array.from({ length: 50 }, (_, index) => (
        <TimeAgo key={index} at={new Date(NOW - index * 1_000)} />
      ))}
    </ClockProvider>,
  );
  expect(vi.getTimerCount()).toBe(1);
  cleanup();
  expect(vi.getTimerCount()).toBe(0);
});
