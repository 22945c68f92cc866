import { expect, test } from "vitest";
import { actionWords, changesOf } from "./activity-words.ts";

test("only what differs is a change", () => {
  expect(changesOf({ before: { name: "old", tags: ["tag:a"] }, after: { name: "new", tags: ["tag:a"] } })).toEqual([
    { field: "Name", before: "old", after: "new" },
  ]);
});

test("creation has an after and no before", () => {
  expect(changesOf({ before: null, after: { maxUses: 3, ephemeral: false, tags: [] } })).toEqual([
    { field: "Max uses", before: null, after: "3" },
    { field: "Ephemeral", before: null, after: "no" },
    { field: "Tags", before: null, after: "none" },
  ]);
});

test("a value of any size stays a line", () => {
  expect(changesOf({ before: null, after: { document: "x".repeat(10_000) } })[0]?.after).toHaveLength(120);
});

test("an action without words is shown as it is", () => {
  expect(actionWords("device.revoke")).toBe("Revoked device");
  expect(actionWords("moon.howl")).toBe("moon.howl");
});
