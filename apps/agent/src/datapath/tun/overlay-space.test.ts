import { expect, test } from "vitest";
import { overlayAddresses, overlayRanges } from "./overlay-space.ts";

test("ranges and addresses of overlays are kept, in canonical text", () => {
  expect(overlayRanges(["100.90.16.0/20", "100.64.0.0/10", "FD12:0::/48"])).toEqual([
    "100.90.16.0/20",
    "100.64.0.0/10",
    "fd12::/48",
  ]);
  expect(overlayAddresses(["100.127.255.254", "fd12:0::1"])).toEqual(["100.127.255.254", "fd12::1"]);
});

// A dashboard that was broken into could otherwise have all traffic of its devices.
test.each(["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.8.8.0/24", "192.168.1.0/24", "100.0.0.0/8", "::/0", "2000::/3"])(
  "the range %s is none",
  (range) => {
    expect(overlayRanges([range])).toEqual([]);
  },
);

test.each(["8.8.8.8", "127.0.0.1", "192.168.1.1", "::1", "2001:db8::1", "100.90.16.1; flush ruleset", ""])(
  "the address %j is none",
  (address) => {
    expect(overlayAddresses([address])).toEqual([]);
  },
);
