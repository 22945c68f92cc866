import type { FilterRule } from "@pinhole/protocol/policy";
import { expect, test } from "vitest";
import type { Delivery } from "../control/session-calls.ts";
import { FilterReporter } from "./filter-reporter.ts";

const everything: FilterRule[] = [{ src: ["0.0.0.0/0"], dst: ["100.64.0.1/32"], allow: [{ protocol: null }] }];

test("says nothing before there is a filter, then each one once, and the last one to each session", () => {
  const { reporter, said } = newReporter();
  reporter.begin(undefined);
  expect(said).toEqual([]);
  reporter.changed(everything);
  reporter.changed(everything);
  expect(said).toHaveLength(1);
  const nothing: FilterRule[] = [];
  reporter.changed(nothing);
  expect(new Set(said).size).toBe(2);
  reporter.begin(nothing);
  expect(said).toEqual([said[0], said[1], said[1]]);
});

test("what was not delivered is said with the next session", async () => {
  const { reporter, said } = newReporter("offline");
  reporter.changed(everything);
  await Promise.resolve();
  reporter.begin(everything);
  expect(said).toEqual([said[0], said[0]]);
});

function newReporter(delivery: Delivery = "delivered") {
  const said: string[] = [];
  const reporter = new FilterReporter((hash) => {
    said.push(hash);
    return Promise.resolve(delivery);
  });
  return { reporter, said };
}
