// @vitest-environment happy-dom
import { readPolicy } from "@pinhole/protocol/policy";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";
import { RuleRows } from "./rule-rows.tsx";

afterEach(cleanup);

const DOCUMENT = `{
  "tagOwners": { "tag:web": [] },
  "grants": [
    // Why it is so.
    { "src": ["*"], "dst": ["tag:web"], "ip": ["tcp:80,443", "icmp"] },
  ],
}
`;

test("a row shows its grant, and leaving it unchanged leaves the text unchanged", () => {
  const { textOf, row } = show(DOCUMENT);
  expect(row(1).getByLabelText("From")).toHaveProperty("value", "*");
  expect(row(1).getByLabelText("Services")).toHaveProperty("value", "tcp:80,443; icmp");
  fireEvent.blur(row(1).getByLabelText("Services"));
  expect(textOf()).toBe(DOCUMENT);
});

test("what is changed in a row is changed in the text, comments kept", () => {
  const { textOf, row } = show(DOCUMENT);
  type(row(1).getByLabelText("Services"), "tcp:80,443; udp:53");
  expect(textOf()).toBe(DOCUMENT.replace(`"icmp"`, `"udp:53"`));
});

test("what would be a fault is said at its field and not written", () => {
  const { textOf, row } = show(DOCUMENT);
  type(row(1).getByLabelText("From"), "tag:nowhere");
  expect(textOf()).toBe(DOCUMENT);
  expect(row(1).getByText(/tag:nowhere is not in tagOwners/)).toBeTruthy();
  expect(row(1).getByLabelText("From").getAttribute("aria-invalid")).toBe("true");
});

test("rules are added and removed", () => {
  const { textOf, row } = show(DOCUMENT);
  const blank = within(screen.getByRole("group", { name: "Another rule" }));
  type(blank.getByLabelText("From"), "tag:web");
  type(blank.getByLabelText("To"), "*");
  type(blank.getByLabelText("Services"), "tcp:22, icmp");
  fireEvent.click(blank.getByRole("button", { name: "Add rule" }));
  expect(row(2).getByLabelText("Services")).toHaveProperty("value", "tcp:22; icmp");
  fireEvent.click(screen.getByRole("button", { name: "Remove rule 2" }));
  fireEvent.click(screen.getByRole("button", { name: "Remove rule 1" }));
  expect(screen.getByText("There are no rules: everything is denied")).toBeTruthy();
  expect(readPolicy(textOf())).toMatchObject({ ok: true, value: { policy: { grants: [] } } });
});

function show(begun: string) {
  let current = begun;
  function Holder() {
    const [text, setText] = useState(begun);
    current = text;
    const read = readPolicy(text);
    return <RuleRows text={text} policy={read.ok ? read.value.policy : undefined} onChange={setText} />;
  }
  render(<Holder />);
  return {
    textOf: () => current,
    row: (number: number) => within(screen.getByRole("group", { name: `Rule ${number}` })),
  };
}

function type(field: HTMLElement, value: string) {
  fireEvent.change(field, { target: { value } });
  fireEvent.blur(field);
}
