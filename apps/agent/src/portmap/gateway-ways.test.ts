import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { gatewayWays } from "./gateway-ways.ts";

const HEADER = "Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask\n";
const IPV4 = `${HEADER}pinhole0	00000000	0100400A	0003	0	0	0	00000000\neth0	00000000	0101A8C0	0003	0	0	100	00000000\n`;
const ZEROS = "0".repeat(32);
const IPV6 = `${ZEROS} 00 ${ZEROS} 00 fe800000000000000000000000000001 00000400 1 0 00450003 eth0\n`;
const SOCKETS = [
  { family: 4, port: 40_000 },
  { family: 6, port: 40_001 },
] as const;

test("asks the default gateways from the addresses that they serve, never the overlay's own", () => {
  const interfaces = {
    eth0: [info("10.9.9.9/24"), info("192.168.1.7/24"), info("fe80::7/64"), info("2001:db8:7::7/64")],
    pinhole0: [info("10.64.0.1/16")],
  };
  const onLink = [
    { address: "10.9.9.0", length: 24 },
    { address: "192.168.1.0", length: 24 },
    { address: "fe80::", length: 64 },
    { address: "2001:db8:7::", length: 64 },
  ];
  expect(ways(interfaces)).toEqual([
    {
      family: 4,
      interfaceName: "eth0",
      network: { gateway: "192.168.1.1", local: { address: "192.168.1.7", port: 40_000 }, onLink },
    },
    {
      family: 6,
      interfaceName: "eth0",
      network: { gateway: "fe80::1", local: { address: "2001:db8:7::7", port: 40_001 }, onLink },
    },
  ]);
});

// Searching for home routers in a data centre brings complaints.
test("asks nobody for a public IPv4 address, or for an IPv6 address that is not public", () => {
  expect(ways({ eth0: [info("203.0.113.7/24"), info("fd00::7/64"), info("fe80::7/64")] })).toEqual([]);
});

test("asks nobody without an interface, a route or a socket", () => {
  const interfaces = { eth0: [info("192.168.1.7/24")] };
  expect(ways({})).toEqual([]);
  expect(gatewayWays({ routes: { ipv4: "", ipv6: "" }, interfaces, sockets: SOCKETS, ownInterface: null })).toEqual([]);
  const routes = { ipv4: IPV4, ipv6: IPV6 };
  expect(gatewayWays({ routes, interfaces, sockets: [], ownInterface: "pinhole0" })).toEqual([]);
});

function ways(interfaces: Record<string, NetworkInterfaceInfo[]>) {
  return gatewayWays({
    routes: { ipv4: IPV4, ipv6: IPV6 },
    interfaces,
    sockets: SOCKETS,
    ownInterface: "pinhole0",
  });
}

function info(cidr: string): NetworkInterfaceInfo {
  const address = cidr.split("/")[0]!;
  const base = { address, netmask: "", mac: "", internal: false, cidr };
  return address.includes(":") ? { ...base, family: "IPv6", scopeid: 0 } : { ...base, family: "IPv4" };
}
