import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { readLocalNetwork } from "./host-candidates.ts";

const SOCKETS = [
  { family: 4, port: 40_000 },
  { family: 6, port: 40_001 },
] as const;

test("offers each address of the machine on the socket of its family", () => {
  const { candidates, connectedPrefixes } = read({ eth0: [v4("192.168.1.7/24"), v6("2001:db8::7/64")] });
  expect(candidates).toEqual([
    { kind: "host", endpoint: "192.168.1.7:40000" },
    { kind: "host", endpoint: "[2001:db8::7]:40001" },
  ]);
  expect(connectedPrefixes).toEqual(["192.168.1.0/24", "2001:db8::/64"]);
});

// A tunnel that offered its own addresses would be carried through itself.
test("never offers an address of the overlay", () => {
  const { candidates } = read({ pinhole0: [v4("10.1.1.1/24")], other: [v4("100.90.16.4/20")] });
  expect(candidates).toEqual([]);
});

test("leaves out what no peer can reach: loopback, link-local, container bridges", () => {
  const { candidates } = read({
    lo: [{ ...v4("127.0.0.1/8"), internal: true }],
    eth0: [v4("169.254.3.4/16"), v6("fe80::1/64")],
    docker0: [v4("172.17.0.1/16")],
  });
  expect(candidates).toEqual([]);
});

test("offers at most eight", () => {
  const many = Array.from({ length: 20 }, (_, i) => v4(`10.0.${i}.1/24`));
  expect(read({ eth0: many }).candidates).toHaveLength(8);
});

function read(interfaces: Record<string, NetworkInterfaceInfo[]>) {
  return readLocalNetwork({
    interfaces,
    sockets: SOCKETS,
    ownInterface: "pinhole0",
    overlayRanges: [{ address: "100.90.16.0", length: 20 }],
  });
}

function v4(cidr: string): NetworkInterfaceInfo {
  return { address: cidr.split("/")[0]!, netmask: "", family: "IPv4", mac: "", internal: false, cidr };
}

function v6(cidr: string): NetworkInterfaceInfo {
  return { address: cidr.split("/")[0]!, netmask: "", family: "IPv6", mac: "", internal: false, cidr, scopeid: 0 };
}
