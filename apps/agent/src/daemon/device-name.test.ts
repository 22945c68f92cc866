import { expect, test } from "vitest";
import { deviceName } from "./device-name.ts";

test.each([
  ["build-7.corp.example", "build-7"],
  ["ANNS_MACBOOK", "anns-macbook"],
  ["", "device"],
  ["...", "device"],
  ["日本", "device"],
])("a host called %j is the device %s", (hostname, name) => {
  expect(deviceName(undefined, hostname)).toEqual({ ok: true, value: name });
});

test.each([
  ["my.nas", "my-nas"],
  ["  Zoë's  Mac ", "zoe-s-mac"],
  ["--x--", "x"],
  ["$(reboot)", "reboot"],
  [`${"a".repeat(62)}.b`, "a".repeat(62)],
])("--name %j is %s", (wanted, name) => {
  expect(deviceName(wanted, "host")).toEqual({ ok: true, value: name });
});

test.each(["", "日本", "\u202e", "…"])("--name %j is refused in words", (wanted) => {
  expect(deviceName(wanted, "host")).toMatchObject({ ok: false, error: expect.stringContaining("--name") });
});
