import { expect, test } from "vitest";
import { ipv4Gateways, ipv6Gateways } from "./default-gateway.ts";

const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0102A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
vpn0	00000000	01000A0A	0003	0	0	0	00000080	0	0	0
`;

const ROUTES6 = `20010db8000700000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000002 00000258 00000001 00000000 00450003    wlan0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

test("finds the gateways of default routes, the lowest metric first", () => {
  expect(ipv4Gateways(ROUTES)).toEqual([
    { interfaceName: "eth0", address: "192.168.1.1" },
    { interfaceName: "wlan0", address: "192.168.2.1" },
  ]);
  expect(ipv6Gateways(ROUTES6)).toEqual([
    { interfaceName: "wlan0", address: "fe80::2" },
    { interfaceName: "eth0", address: "fe80::1" },
  ]);
});

test.each(["", "\n\n", "Iface\n", "eth0 00000000 xyz 0003 0 0 0 00000000", "a b c"])("finds none in %j", (table) => {
  expect(ipv4Gateways(table)).toEqual([]);
  expect(ipv6Gateways(table)).toEqual([]);
});
