import { embedIpv4, WELL_KNOWN_NAT64_PREFIX } from "@pinhole/protocol/net";
import { describe, expect, test } from "vitest";
import type { NatOptions } from "./nat/options.ts";
import { CLASSIC_NATS, NAT_CLASSES } from "./nat/presets.ts";
import { SimNetwork } from "./network.ts";

const HELLO = Uint8Array.of(1);
const SERVER = "198.51.100.1";
const OWN_PREFIX = { address: "2001:db8:64::", length: 56 };

describe.each([
  ["the well-known prefix", WELL_KNOWN_NAT64_PREFIX],
  ["a prefix of its own", OWN_PREFIX],
])("NAT64 with %s", (_, prefix) => {
  test("carries a host of IPv6 to a server of IPv4, and the answer back", () => {
    const { network, host, server } = newMobile(NAT_CLASSES.E1, prefix);
    const got: unknown[] = [];
    const echo = server.openSocket({ port: 9 });
    echo.onDatagram = (from) => {
      got.push(from.address);
      echo.send(from, HELLO);
    };
    const to = { address: embedIpv4(prefix, SERVER), port: 9 };
    host.openSocket({ port: 5, onDatagram: (from) => got.push(from) }).send(to, HELLO);
    network.time.run(100);
    expect(got).toEqual(["203.0.113.1", to]);
  });

  test("is found by what ipv4only.arpa resolves to", () => {
    const { host } = newMobile(NAT_CLASSES.E1, prefix);
    expect(host.resolveIpv4Only()).toEqual(["192.0.0.170", "192.0.0.171"].map((each) => embedIpv4(prefix, each)));
  });
});

test("NAT64 has the behaviour of the NAT in it", () => {
  const { network, host, server } = newMobile(NAT_CLASSES.R);
  const ports: number[] = [];
  for (const port of [1, 2]) server.openSocket({ port, onDatagram: (from) => ports.push(from.port) });
  const socket = host.openSocket({ port: 5 });
  for (const port of [1, 2]) socket.send({ address: embedIpv4(WELL_KNOWN_NAT64_PREFIX, SERVER), port }, HELLO);
  network.time.run(100);
  expect(new Set([5, ...ports]).size).toBe(3);
});

test("NAT64 carries errors back", () => {
  const { network, host } = newMobile(NAT_CLASSES.E1);
  const errors: unknown[] = [];
  const to = { address: embedIpv4(WELL_KNOWN_NAT64_PREFIX, SERVER), port: 77 };
  host.openSocket({ onError: (error) => errors.push(error) }).send(to, HELLO);
  network.time.run(100);
  expect(errors).toMatchObject([{ kind: "port-unreachable", to }]);
});

test("NAT64 hairpins between its own hosts", () => {
  const { network, host, router } = newMobile({ ...CLASSIC_NATS["EI-PP-EI"], hairpin: "external-source" });
  const other = network.addHost({
    name: "other",
    interfaces: [{ segment: router.lan, addresses: ["2001:db8:1::3"] }],
  });
  const got: unknown[] = [];
  const target = other.openSocket({ port: 6, onDatagram: (from) => got.push(from) });
  target.send({ address: embedIpv4(WELL_KNOWN_NAT64_PREFIX, SERVER), port: 1 }, HELLO);
  host.openSocket({ port: 5 }).send({ address: embedIpv4(WELL_KNOWN_NAT64_PREFIX, "203.0.113.1"), port: 6 }, HELLO);
  network.time.run(100);
  expect(got).toEqual([{ address: embedIpv4(WELL_KNOWN_NAT64_PREFIX, "203.0.113.1"), port: 5 }]);
});

test("IPv6 itself passes beside it, and without it there is no ipv4only.arpa", () => {
  const { network, host } = newMobile(NAT_CLASSES.E1);
  const peer = network.addHost({
    name: "peer",
    interfaces: [{ segment: network.internet, addresses: ["2001:db8:9::1"] }],
  });
  const got: string[] = [];
  peer.openSocket({ port: 1, onDatagram: (from) => got.push(from.address) });
  host.openSocket().send({ address: "2001:db8:9::1", port: 1 }, HELLO);
  network.time.run(100);
  expect([got, peer.resolveIpv4Only()]).toEqual([["2001:db8:1::2"], []]);
});

test("464XLAT gives a program of IPv4 the same way out", () => {
  const { network, router, server } = newMobile(NAT_CLASSES.E1);
  const phone = network.addRouter({
    name: "phone",
    outside: router.lan,
    clat: { nat64Prefix: WELL_KNOWN_NAT64_PREFIX, prefix: { address: "2001:db8:1:0:464::", length: 96 } },
  });
  const program = network.addHost({
    name: "program",
    interfaces: [{ segment: phone.lan, addresses: ["192.0.0.4"] }],
  });
  const got: unknown[] = [];
  const echo = server.openSocket({ port: 9 });
  echo.onDatagram = (from) => {
    got.push(from.address);
    echo.send(from, HELLO);
  };
  const socket = program.openSocket({ port: 5, onDatagram: (from) => got.push(from) });
  socket.send({ address: SERVER, port: 9 }, HELLO);
  network.time.run(100);
  expect(got).toEqual(["203.0.113.1", { address: SERVER, port: 9 }]);
  expect(network.observe(program, socket, { address: SERVER, port: 9 })?.address).toBe("203.0.113.1");
});

/** A network of IPv6 alone with a NAT64, and a server of IPv4 alone. */
function newMobile(nat: NatOptions, prefix = WELL_KNOWN_NAT64_PREFIX) {
  const network = new SimNetwork();
  const router = network.addRouter({
    name: "carrier",
    v6: { nat: NAT_CLASSES.F, prefixes: [{ address: "2001:db8:1::", length: 64 }] },
    nat64: { nat, addresses: ["203.0.113.1"], prefix },
  });
  const host = network.addHost({
    name: "host",
    interfaces: [{ segment: router.lan, addresses: ["2001:db8:1::2"] }],
  });
  const server = network.addHost({
    name: "server",
    interfaces: [{ segment: network.internet, addresses: [SERVER] }],
  });
  return { network, router, host, server };
}
