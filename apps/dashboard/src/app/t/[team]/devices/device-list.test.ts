import { describe, expect, test } from "vitest";
import type { DeviceSummary } from "@/trpc/outputs.ts";
import { newDevice as device } from "./testing.ts";
import { formatSort, hasStatus, matchesSearch, parseSort, parseStatusFilter, sortDevices } from "./device-list.ts";

const laptop = device("laptop", {
  ipv4: "100.64.0.10",
  tags: ["tag:work"],
  lastSeenAt: new Date(2_000),
  status: "offline",
});
const nas2 = device("nas2", { ipv4: "100.64.0.9", os: "linux", status: "online", lastSeenAt: new Date(1_000) });
const nas10 = device("nas10", { ipv4: "100.64.0.200", status: "never-connected", lastSeenAt: null });
const gone = device("gone", { status: "revoked", lastSeenAt: new Date(9_000) });

describe("filter", () => {
  test("a device that was never there counts as offline, a revoked one as neither", () => {
    const devices = [laptop, nas2, nas10, gone];
    expect(devices.filter((row) => hasStatus(row, "all")).map(nameOf)).toEqual(["laptop", "nas2", "nas10"]);
    expect(devices.filter((row) => hasStatus(row, "online")).map(nameOf)).toEqual(["nas2"]);
    expect(devices.filter((row) => hasStatus(row, "offline")).map(nameOf)).toEqual(["laptop", "nas10"]);
    expect(devices.filter((row) => hasStatus(row, "revoked")).map(nameOf)).toEqual(["gone"]);
  });

  test("an unknown filter in the address shows everything", () => {
    expect(parseStatusFilter("sideways")).toBe("all");
    expect(parseStatusFilter(null)).toBe("all");
  });
});

describe("search", () => {
  test.each(["LAPTOP", "64.0.10", "tag:work", "lap work", ""])("%j finds the laptop", (search) => {
    expect(matchesSearch(laptop, search)).toBe(true);
  });

  test("every word has to be found", () => {
    expect(matchesSearch(laptop, "laptop nas")).toBe(false);
  });
});

describe("sort", () => {
  test.each([
    ["name", ["laptop", "nas2", "nas10"]],
    ["-name", ["nas10", "nas2", "laptop"]],
    ["status", ["nas2", "laptop", "nas10"]],
    ["address", ["nas2", "laptop", "nas10"]],
    ["seen", ["nas2", "laptop", "nas10"]],
    ["-seen", ["nas10", "laptop", "nas2"]],
  ])("by %s", (text, expected) => {
    expect(sortDevices([nas10, laptop, nas2], parseSort(text)).map(nameOf)).toEqual(expected);
  });

  test("the address keeps only what differs from the usual order", () => {
    expect(formatSort(parseSort(null))).toBeUndefined();
    expect(formatSort(parseSort("-name"))).toBe("-name");
    expect(formatSort(parseSort("seen"))).toBe("seen");
    expect(parseSort("-nonsense")).toEqual({ key: "name", order: "descending" });
  });
});

function nameOf({ name }: DeviceSummary) {
  return name;
}
