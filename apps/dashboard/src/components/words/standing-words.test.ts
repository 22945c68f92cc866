import { expect, test } from "vitest";
import { standingTag } from "./standing-words.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const inDays = (days: number) => new Date(NOW + days * 86_400_000);
const device = { standing: "admitted", keyExpiresAt: null, status: "online" } as const;

test.each([
  [device, undefined],
  [{ ...device, standing: "awaiting-approval" }, "Waits for approval"],
  [{ ...device, standing: "key-expired", keyExpiresAt: inDays(-1) }, "Key expired"],
  [{ ...device, keyExpiresAt: inDays(15) }, undefined],
  [{ ...device, keyExpiresAt: inDays(14) }, "Key expires in 14 days"],
  [{ ...device, keyExpiresAt: inDays(0.5) }, "Key expires within a day"],
  [{ ...device, standing: "awaiting-approval", status: "revoked" }, undefined],
] as const)("%o: %s", (one, words) => {
  expect(standingTag(one, NOW)).toBe(words);
});
