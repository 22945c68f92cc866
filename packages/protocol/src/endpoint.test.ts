import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressFromBytes,
  addressScope,
  endpointsEqual,
  formatEndpoint,
  isAcceptableCandidate,
  parseEndpoint,
} from "./endpoint.ts";

describe("an endpoint as text", () => {
  test.each([
    ["203.0.113.7:40112", { address: "203.0.113.7", port: 40112 }, "203.0.113.7:40112"],
    ["[2001:DB8::1]:5", { address: "2001:db8::1", port: 5 }, "[2001:db8::1]:5"],
    ["[::ffff:203.0.113.7]:80", { address: "203.0.113.7", port: 80 }, "203.0.113.7:80"],
    ["0.0.0.0:0", { address: "0.0.0.0", port: 0 }, "0.0.0.0:0"],
  ])("%s", (text, endpoint, canonical) => {
    expect(parseEndpoint(text)).toEqual({ ok: true, value: endpoint });
    expect(formatEndpoint(endpoint)).toBe(canonical);
  });

  test.each([
    "",
    "203.0.113.7",
    "203.0.113.7:",
    "203.0.113.7:65536",
    "203.0.113.7:080",
    "203.0.113.7:-1",
    "203.0.113.7:5\n",
    "[203.0.113.7]:5",
    "2001:db8::1:5",
    "[2001:db8::1]5",
    "[fe80::1%eth0]:5",
    "localhost:5",
  ])("%j is not one", (text) => {
    expect(parseEndpoint(text)).toEqual({ ok: false, error: "bad-endpoint" });
  });

  test("comes back equal after formatting and parsing", () => {
    const address = fc
      .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
      .map(addressFromBytes);
    fc.assert(
      fc.property(fc.record({ address, port: fc.integer({ min: 0, max: 0xffff }) }), (endpoint) => {
        const parsed = parseEndpoint(formatEndpoint(endpoint));
        expect(parsed.ok && endpointsEqual(parsed.value, endpoint)).toBe(true);
      }),
    );
  });

  test("differs by its port as by its address", () => {
    const endpoint = { address: "192.0.2.1", port: 1 };
    expect(endpointsEqual(endpoint, { ...endpoint })).toBe(true);
    expect(endpointsEqual(endpoint, { ...endpoint, port: 2 })).toBe(false);
    expect(endpointsEqual(endpoint, { ...endpoint, address: "192.0.2.2" })).toBe(false);
  });
});

describe("the scope of an address", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["::1", "loopback"],
    ["169.254.169.254", "link-local"],
    ["fe80::1", "link-local"],
    ["10.1.2.3", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.0", "global"],
    ["192.168.0.1", "private"],
    ["fd00::1", "private"],
    ["100.64.0.1", "carrier-grade"],
    ["100.128.0.0", "global"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["203.0.113.7", "documentation"],
    ["2001:db8::1", "documentation"],
    ["8.8.8.8", "global"],
    ["2600::1", "global"],
    ["::7f00:1", "unspecified"],
    ["64:ff9b::7f00:1", "loopback"],
    ["64:ff9b::a9fe:a9fe", "link-local"],
    ["64:ff9b::808:808", "global"],
    ["2002:a00:1::1", "private"],
    ["2002:808:808::1", "global"],
  ])("%s is %s", (address, scope) => {
    expect(addressScope(address)).toBe(scope);
  });

  test("is not guessed for text that is no address", () => {
    expect(() => addressScope("localhost")).toThrow(RangeError);
  });
});

describe("a candidate that somebody else named", () => {
  test.each([
    ["8.8.8.8", 40112],
    ["203.0.113.7", 1],
    ["192.168.1.5", 65535],
    ["100.64.3.4", 5000],
    ["fd00::1", 5000],
    ["2600::1", 5000],
  ])("is acceptable at %s port %d", (address, port) => {
    expect(isAcceptableCandidate({ address, port })).toBe(true);
  });

  test.each([
    ["127.0.0.1", 5000],
    ["127.255.255.254", 5000],
    ["::1", 5000],
    ["169.254.169.254", 80],
    ["fe80::1", 5000],
    ["224.0.0.251", 5353],
    ["ff02::fb", 5353],
    ["255.255.255.255", 9],
    ["0.0.0.0", 5000],
    ["::", 5000],
    ["8.8.8.8", 0],
    ["8.8.8.8", 65536],
    ["8.8.8.8", 53.5],
    // Another text for 127.0.0.1, had it been taken as it is.
    ["::ffff:127.0.0.1", 5000],
    ["localhost", 5000],
    ["", 5000],
  ])("is refused at %s port %d", (address, port) => {
    expect(isAcceptableCandidate({ address, port })).toBe(false);
  });
});
