import type { DeviceId } from "@pinhole/protocol";
import { expect, test } from "vitest";
import type { Status } from "../daemon/local-messages.ts";
import { formatStatus } from "./format-status.ts";

const RAY: DeviceId = `dev_${"0a".repeat(16)}`;
const SINCE = "2026-01-02T03:04:05.000Z";
const NOW = Date.parse("2026-01-03T00:00:00Z");

const format = (status: Status): string[] => formatStatus(status, NOW);

test("one line a peer: address, name, online or offline, path", () => {
  const lines = format(
    statusWith([
      peer({ name: "laptop", path: { kind: "direct", endpoint: "203.0.113.7:40112", rttMs: 12.2, since: SINCE } }),
      peer({
        name: "nas",
        path: { kind: "relay", relay: "fra", rttMs: 48, since: SINCE },
        reason: { code: "both_symmetric", measured: true },
      }),
      peer({
        name: "old",
        online: false,
        path: { kind: "none", since: SINCE },
        reason: { code: "peer_offline", side: "peer", measured: true },
      }),
    ]),
  );
  expect(lines).toEqual([
    "100.71.3.1  self    online   (this device)",
    "100.71.3.9  laptop  online   direct 203.0.113.7:40112  12 ms",
    "100.71.3.9  nas     online   relay fra  48 ms  (both NATs change ports per peer)",
    "100.71.3.9  old     offline  -  (old is offline)",
  ]);
});

test("a device that passes packets on is named as one, and says what it passes on", () => {
  const status = statusWith([
    peer({ name: "nas", path: { kind: "relay", relay: "ray", viaDevice: RAY, rttMs: 15.4, since: SINCE } }),
  ]);
  expect(format(status)[1]).toBe("100.71.3.9  nas   online  via device ray  15 ms");
  const relaying = { lanes: 3, packets: 20, bytes: 12_340_000, dropped: { "no-path": 1 } };
  const lines = format({ ...status, self: { ...status.self, relaying } });
  expect(lines.at(-1)).toBe(
    "# Passes packets on for other devices: 2 pairs at present; 20 packets, 12.3 MB since the start.",
  );
});

test("an inferred reason is called likely", () => {
  const relayed = peer({
    path: { kind: "relay", relay: "fra", since: SINCE },
    reason: { code: "probe_timeout", measured: false },
  });
  expect(format(statusWith([relayed]))[1]).toContain(
    "(likely: no probe came through, though both NATs should let them in)",
  );
});

test("offline, it says why", () => {
  const status = statusWith([peer({})]);
  const lines = format({
    ...status,
    self: { ...status.self, online: false, problem: "The dashboard cannot be reached." },
  });
  expect(lines.at(-1)).toBe("# The dashboard cannot be reached.");
});

test("without peers, it says what to do", () => {
  expect(format(statusWith([])).at(-1)).toMatch(/add another device/);
});

test.each([
  [
    { standing: "awaiting-approval" },
    "# Waits for an admin to let it in: in the dashboard, under Devices. It goes on by itself then.",
  ],
  [{ standing: "key-expired" }, /^# Its key has expired.*renews it/],
  [{ keyExpiresAt: "2026-01-16T23:00:00.000Z" }, /^# Its key expires in 14 days/],
  [{ keyExpiresAt: "2026-01-03T20:00:00.000Z" }, /^# Its key expires within a day/],
  [{ keyExpiresAt: "2026-02-03T20:00:00.000Z" }, /add another device/],
] as const)("of its standing in the team it says what a person has to do: %o", (standing, words) => {
  const status = statusWith([]);
  const lines = format({ ...status, self: { ...status.self, ...standing } });
  if (typeof words === "string") expect(lines.at(-1)).toBe(words);
  else expect(lines.join("\n")).toMatch(new RegExp(words.source, "m"));
});

function peer(fields: Partial<Status["peers"][number]>): Status["peers"][number] {
  return {
    id: "dev_0000000000000000000000000000000a",
    name: "peer",
    addresses: ["100.71.3.9"],
    online: true,
    path: { kind: "none", since: SINCE },
    rxBytes: 0,
    txBytes: 0,
    lastHandshakeAt: null,
    ...fields,
  };
}

function statusWith(peers: Status["peers"]): Status {
  const self = {
    id: "dev_00000000000000000000000000000001",
    name: "self",
    team: "acme",
    addresses: ["100.71.3.1"],
    online: true,
    interface: "pinhole0",
    natProfile: null,
  };
  return { version: "0", self, peers };
}
