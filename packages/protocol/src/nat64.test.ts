import { describe, expect, test } from "vitest";
import { embedIpv4, extractIpv4, findNat64Prefix, WELL_KNOWN_NAT64_PREFIX } from "./nat64.ts";
import { prefixOf } from "./prefix.ts";

describe("an IPv4 address behind a NAT64 prefix", () => {
  // The table of RFC 6052 §2.4.
  test.each([
    ["2001:db8::", 32, "2001:db8:c000:221::"],
    ["2001:db8:100::", 40, "2001:db8:1c0:2:21::"],
    ["2001:db8:122::", 48, "2001:db8:122:c000:2:2100::"],
    ["2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::"],
    ["2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100:0"],
    ["2001:db8:122:344::", 96, "2001:db8:122:344::c000:221"],
    ["64:ff9b::", 96, "64:ff9b::c000:221"],
  ])("%s/%d is %s, and back", (address, length, embedded) => {
    const prefix = { address, length };
    expect(embedIpv4(prefix, "192.0.2.33")).toBe(embedded);
    expect(extractIpv4(prefix, embedded)).toBe("192.0.2.33");
  });

  test.each([32, 40, 48, 56, 64, 96])("of %s bits is found by what ipv4only.arpa resolves to", (length) => {
    const prefix = prefixOf("2001:db8:122:344::", length);
    for (const address of ["192.0.0.170", "192.0.0.171"])
      expect(findNat64Prefix(["nonsense", "2001:db8::1", embedIpv4(prefix, address)])).toEqual(prefix);
  });

  test("is not found where nothing is made up", () => {
    expect(findNat64Prefix([])).toBeUndefined();
    expect(findNat64Prefix(["192.0.0.170", "2001:db8::1"])).toBeUndefined();
  });

  test("is in no address of another prefix, nor in an IPv4 address", () => {
    expect(extractIpv4(WELL_KNOWN_NAT64_PREFIX, "2001:db8::1")).toBeUndefined();
    expect(extractIpv4(WELL_KNOWN_NAT64_PREFIX, "192.0.2.33")).toBeUndefined();
  });

  test.each([
    ["64:ff9b::", 95, "192.0.2.1"],
    ["192.0.2.0", 32, "192.0.2.1"],
    ["64:ff9b::", 96, "2001:db8::1"],
  ])("cannot be had with %s/%d and %s", (address, length, v4) => {
    expect(() => embedIpv4({ address, length }, v4)).toThrow(RangeError);
  });
});
