/** What a server, or somebody on another machine, may call things: nothing of it does anything to the terminal or the log. */
import { hostileNames } from "@pinhole/protocol/hostile-names";
import { expect, test } from "vitest";
import type { Status } from "../daemon/local-messages.ts";
import { deviceName } from "../daemon/device-name.ts";
import { newLog } from "../log.ts";
import { formatStatus } from "./format-status.ts";
import { printable } from "./main.ts";

const NAMES = hostileNames(1_050, 1).map(({ name }) => name);
const RAW = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test("`status` has one line for each device, and nothing in it but what can be seen", () => {
  const lines = formatStatus(statusOf(NAMES), 0).map(printable);
  expect(lines).toHaveLength(NAMES.length + 1);
  expect(lines.filter((line) => RAW.test(line))).toEqual([]);
});

test("`status --json` is JSON whatever the names are", () => {
  const text = printable(JSON.stringify(statusOf(NAMES), undefined, 2));
  expect((JSON.parse(text) as Status).peers.map(({ id }) => id)).toEqual(statusOf(NAMES).peers.map(({ id }) => id));
  expect(text.replaceAll("\n", "")).not.toMatch(RAW);
});

test("a record of the log is one line, and the fields of another are not forged in it", () => {
  const lines: string[] = [];
  const log = newLog(
    (line) => lines.push(printable(line)),
    "info",
    () => 0,
  );
  for (const name of NAMES) log.info("enrolled", { device: name, as: "nas" });
  expect(lines).toHaveLength(NAMES.length);
  for (const line of lines) {
    expect(line).not.toMatch(RAW);
    expect(line).toMatch(
      /^1970-01-01T00:00:00\.000Z INFO {2}enrolled device=(?:[\w.:/@%+-]+|"(?:[^"\\]|\\.)*") as=nas$/,
    );
  }
});

test("a machine enrolls under a DNS label, or says that there is none", () => {
  const labels = NAMES.map((name) => deviceName(name, "host"));
  for (const label of labels) if (label.ok) expect(label.value).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
  expect(labels.filter(({ ok }) => ok).length).toBeGreaterThan(NAMES.length / 2);
  for (const name of NAMES) expect(deviceName(undefined, name)).toMatchObject({ ok: true });
});

function statusOf(names: readonly string[]): Status {
  const since = "2026-01-02T03:04:05.000Z";
  return {
    version: "0.1.0",
    self: {
      id: `dev_${"0".repeat(32)}`,
      name: names[0] ?? "",
      team: "acme",
      addresses: ["100.71.3.1"],
      online: true,
      interface: "pinhole0",
      natProfile: null,
    },
    peers: names.map((name, index) => ({
      id: `dev_${index.toString(16).padStart(32, "0")}`,
      name,
      addresses: ["100.71.3.9"],
      online: false,
      path: { kind: "none", since },
      reason: { code: "peer_offline", side: "peer", measured: true },
      rxBytes: 0,
      txBytes: 0,
      lastHandshakeAt: null,
    })),
  };
}
