import { prefixOf } from "@pinhole/protocol";
import { expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const PROXIES = [prefixOf("127.0.0.1", 32), prefixOf("10.0.0.0", 8), prefixOf("fd00::", 8)];

test.each([
  ["who connects", "192.0.2.1", undefined, "192.0.2.1"],
  ["whatever they claim", "192.0.2.1", "198.51.100.1", "192.0.2.1"],
  ["whom a proxy was asked by", "::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["not whom they claimed to ask for", "127.0.0.1", "8.8.8.8, 198.51.100.1", "198.51.100.1"],
  ["through several proxies", "127.0.0.1", "8.8.8.8, 198.51.100.1,10.1.2.3 , fd00::1", "198.51.100.1"],
  ["over IPv6", "fd00::2", "2001:DB8:0::1", "2001:db8::1"],
  ["the proxy where it says nothing", "127.0.0.1", undefined, "127.0.0.1"],
  ["the proxy where it says nothing that is an address", "127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"],
  ["the last of proxies alone", "127.0.0.1", "10.0.0.9", "10.0.0.9"],
  ["nobody whose connection is gone", undefined, "198.51.100.1", "unknown"],
])("is %s", (_, remoteAddress, forwarded, expected) => {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  expect(clientAddress({ socket: { remoteAddress }, headers }, PROXIES)).toBe(expected);
});

test("is who connects where no proxy is vouched for", () => {
  const asking = { socket: { remoteAddress: "127.0.0.1" }, headers: { "x-forwarded-for": "198.51.100.1" } };
  expect(clientAddress(asking, [])).toBe("127.0.0.1");
});
