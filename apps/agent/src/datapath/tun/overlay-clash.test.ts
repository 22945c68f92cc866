import { describe, expect, test } from "vitest";
import { findOverlayClash, type LocalNetworks } from "./overlay-clash.ts";

const RANGES = ["100.90.16.0/20", "fd12:3456:789a::/48"];
const NOTHING: LocalNetworks = { interfaces: {}, routes: "", ipv6Routes: "" };
const HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

const route = (name: string, destination: string, mask: string, flags = "0001"): LocalNetworks => ({
  ...NOTHING,
  routes: `${HEADER}${name}\t${destination}\t00000000\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0\n`,
});

const ipv6Route = (name: string, destination: string, length: string): LocalNetworks => ({
  ...NOTHING,
  ipv6Routes: `${destination} ${length} ${"0".repeat(32)} 00 ${"0".repeat(32)} 00000100 00000001 00000000 00000001 ${name}\n`,
});

const address = (name: string, text: string): LocalNetworks => ({
  ...NOTHING,
  interfaces: {
    [name]: [
      {
        address: text,
        netmask: "",
        family: text.includes(":") ? "IPv6" : "IPv4",
        mac: "",
        internal: false,
        cidr: null,
        scopeid: 0,
      },
    ],
  },
});

describe("the overlay's range clashes with", () => {
  test.each([
    [
      "an address inside it",
      address("tailscale0", "100.90.17.3"),
      "address 100.90.17.3/32 of the interface tailscale0",
    ],
    ["an IPv6 address inside it", address("wg0", "fd12:3456:789a::9"), "address fd12:3456:789a::9/128"],
    ["a route inside it", route("eth0", "00145A64", "00FFFFFF"), "route 100.90.20.0/24 of the interface eth0"],
    ["a route around it", route("eth0", "00004064", "0000C0FF"), "route 100.64.0.0/10"],
    ["an IPv6 route around it", ipv6Route("eth0", `fd${"0".repeat(30)}`, "08"), "route fd00::/8"],
  ])("%s", (_, local, words) => {
    expect(findOverlayClash(RANGES, "pinhole0", local)).toContain(words);
  });

  test.each([
    ["nothing at all", NOTHING],
    ["the default routes", route("eth0", "00000000", "00000000", "0003")],
    ["the IPv6 default route", ipv6Route("eth0", "0".repeat(32), "00")],
    ["a route beside it", route("eth0", "00205A64", "00F0FFFF")],
    ["a route that is down", route("eth0", "00145A64", "00FFFFFF", "0000")],
    ["our own interface", route("pinhole0", "00105A64", "00F0FFFF")],
    ["our own address", address("pinhole0", "100.90.16.1")],
    ["link-local routes", ipv6Route("eth0", `fe80${"0".repeat(28)}`, "40")],
    ["lines that make no sense", { ...NOTHING, routes: "a b c\n\n\t\nx", ipv6Routes: "zz 1\nfd" }],
  ])("not with %s", (_, local) => {
    expect(findOverlayClash(RANGES, "pinhole0", local)).toBeUndefined();
  });
});
