// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { formatOffset } from "./format-offset.ts";
import { TraceTable } from "./trace-table.tsx";

afterEach(cleanup);

test("each event says when, which device, what and where", () => {
  render(
    <TraceTable
      names={{ a: "laptop", b: "nas" }}
      events={[
        { side: "b", atMs: -12.34, kind: "plan-received" },
        {
          side: "a",
          atMs: 52.2,
          kind: "path-verified",
          endpoint: "203.0.113.7:40112",
          candidate: "server-reflexive",
          rttMs: 12.2,
          repeated: 2,
          note: "chosen",
        },
      ]}
    />,
  );
  const [, plan, verified] = screen.getAllByRole("row");
  expect(cells(plan)).toEqual(["−12.3 ms", "Bnas", "Plan received", "", "", "", "", ""]);
  expect(cells(verified)).toEqual([
    "+52.2 ms",
    "Alaptop",
    "Path verified× 3",
    "",
    "203.0.113.7:40112",
    "Server-reflexive",
    "12 ms",
    "chosen",
  ]);
});

test("what was sent and not seen is told apart from what arrived", () => {
  render(
    <TraceTable
      names={{ a: "laptop", b: "nas" }}
      events={[
        { side: "a", atMs: 0, kind: "probe-sent", isSeen: true },
        { side: "b", atMs: 0, kind: "probe-sent", isSeen: false },
      ]}
    />,
  );
  const [, one, other] = screen.getAllByRole("row");
  expect([cells(one)[3], cells(other)[3]]).toEqual(["Seen", "Not seen"]);
});

test("times before the start are told apart from those after it", () => {
  expect([formatOffset(-1_500), formatOffset(0), formatOffset(1_500)]).toEqual(["−1500 ms", "0.0 ms", "+1500 ms"]);
});

function cells(row: HTMLElement | undefined) {
  if (row === undefined) throw new Error("no such row");
  return within(row)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);
}
