import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  newAddressChange,
  newLinkQueue,
  newLinkSegments,
  newLinkUp,
  newRouteChange,
  readAcknowledgement,
  readLinkStates,
} from "./netlink-message.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("a netlink request", () => {
  test("brings a link up with its MTU", () => {
    expect(hex(newLinkUp(7, 1280))).toBe(
      "28000000" +
        "1000" +
        "0500" +
        "01000000" +
        "00000000" + // header: 40 bytes, RTM_NEWLINK, REQUEST|ACK
        "00000000" +
        "07000000" +
        "01000000" +
        "01000000" + // ifinfomsg: index 7, flags UP, change UP
        "0800" +
        "0400" +
        "00050000", // IFLA_MTU 1280
    );
  });

  test("lets packets wait for whoever reads the link", () => {
    expect(hex(newLinkQueue(7, 2_000))).toBe(
      "28000000" +
        "1000" +
        "0500" +
        "01000000" +
        "00000000" + // header: 40 bytes, RTM_NEWLINK, REQUEST|ACK
        "00000000" +
        "07000000" +
        "00000000" +
        "00000000" + // ifinfomsg: index 7, no flags
        "0800" +
        "0d00" +
        "d0070000", // IFLA_TXQLEN 2000
    );
  });

  test("limits what a packet may stand for", () => {
    expect(hex(newLinkSegments(7, 44)).slice(-32)).toBe("0000000000000000" + "0800" + "2800" + "2c000000"); // IFLA_GSO_MAX_SEGS 44
  });

  test("adds an IPv6 address without asking the link for duplicates", () => {
    const address = "fd0000000000000000000000000000ab";
    expect(hex(newAddressChange({ action: "add", index: 7, address: "fd00::ab" }))).toBe(
      "40000000" +
        "1400" +
        "0505" +
        "01000000" +
        "00000000" +
        "0a800200" +
        "07000000" + // AF_INET6, /128, NODAD
        `14000200${address}` +
        `14000100${address}`,
    );
  });

  test("routes a range into the interface", () => {
    const route = { index: 7, destination: { address: "100.90.16.0", length: 20 }, source: "100.90.16.1" } as const;
    expect(hex(newRouteChange({ action: "add", ...route }))).toBe(
      "34000000" +
        "1800" +
        "0505" +
        "01000000" +
        "00000000" +
        "02140000" +
        "fe04fd01" +
        "00000000" + // AF_INET, /20, main table, static, link scope, unicast
        "08000100645a1000" +
        "0800040007000000" +
        "08000700645a1001",
    );
    expect(hex(newRouteChange({ action: "remove", ...route })).slice(8, 16)).toBe("19000500");
  });
});

describe("an answer of the kernel", () => {
  test("is an errno, or zero", () => {
    const answer = (error: string): Buffer => Buffer.from(`2400000002000000010000000000000${"0"}${error}`, "hex");
    expect(readAcknowledgement(answer("00000000"))).toBe(0);
    expect(readAcknowledgement(answer("ffffffff"))).toBe(1);
    expect(readAcknowledgement(new Uint8Array(12))).toBeUndefined();
  });

  test("about links names those that are up, and never throws", () => {
    const states = readLinkStates(Uint8Array.of(...newLinkUp(7, 1280), ...newLinkUp(9, 1280)));
    expect(states).toEqual([
      { index: 7, isUp: true },
      { index: 9, isUp: true },
    ]);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => void readLinkStates(bytes)));
  });
});
