// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { PolicyRollout } from "@/trpc/outputs.ts";
import { RolloutState, rolloutWords } from "./rollout-card.tsx";

type Device = PolicyRollout["devices"][number];
const device = (name: string, state: Device["state"], version: number | null): Device => ({
  deviceId: `dev_${name}`,
  name,
  state,
  version,
  at: null,
});
const nas = device("nas", "current", 5);

test.each<[string, Omit<PolicyRollout, "version" | "isUnreadable">]>([
  ["No device is online.", { devices: [], offline: 0 }],
  ["The 1 device online runs version 5.", { devices: [nas], offline: 0 }],
  [
    "All 2 devices online run version 5. 1 is offline: it takes it when it comes back.",
    { devices: [nas, nas], offline: 1 },
  ],
  [
    "1 of 2 devices online runs version 5. 3 are offline: they take it when they come back.",
    { devices: [nas, device("laptop", "behind", 4)], offline: 3 },
  ],
])("%s", (words, rollout) => {
  expect(rolloutWords({ version: 5, isUnreadable: false, ...rollout })).toBe(words);
});

test("lists those that are behind or silent, and not the others", () => {
  const devices = [device("laptop", "behind", 4), device("phone", "silent", null), nas];
  render(<RolloutState rollout={{ version: 5, devices, offline: 0, isUnreadable: false }} team="crew" />);
  expect(screen.getByRole("row", { name: /laptop Behind 4/ })).toBeTruthy();
  expect(screen.getByRole("row", { name: /phone Has not said/ })).toBeTruthy();
  expect(screen.queryByRole("row", { name: /nas/ })).toBeNull();
});

test("says why nothing is known of a policy that cannot be read, and what to do", () => {
  const words = rolloutWords({ version: 6, devices: [], offline: 0, isUnreadable: true });
  expect(words).toContain("Version 6 cannot be read by this server");
  expect(words).toContain("restore a version");
});
