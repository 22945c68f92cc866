import { describe, expect, test } from "vitest";
import type { NatOptions } from "./nat/options.ts";
import { CLASSIC_NATS, LINUX_NAT, NAT_CLASSES } from "./nat/presets.ts";
import { SimNetwork } from "./network.ts";
import type { SimRouter } from "./router.ts";

const HELLO = Uint8Array.of(1);
const SERVER = { address: "198.51.100.1", port: 3_478 };

describe("the TTL", () => {
  // host - home NAT - carrier's NAT - Internet (8 hops) - server
  test.each([
    [1, [0, 0], "home"],
    [2, [1, 0], "carrier"],
    [3, [1, 1], "internet"],
    [10, [1, 1], "internet"],
    [11, [1, 1], undefined],
  ] as const)("%d reaches so far: mappings made %j, died at %s", (ttl, mappings, diedAt) => {
    const { network, host, carrier, home } = newCarrier(LINUX_NAT);
    network.recordFates();
    const errors: string[] = [];
    const socket = host.openSocket({ onError: ({ kind }) => errors.push(kind) });
    const sent = socket.send(SERVER, HELLO, { ttl });
    network.time.run(1_000);
    expect([home, carrier].map((router) => router.nat()?.usage().mappingsMade)).toEqual(mappings);
    const [fate] = network.fatesOf(sent);
    expect(fate?.kind === "dropped" ? [fate.where, fate.reason] : undefined).toEqual(diedAt && [diedAt, "ttl"]);
    expect(errors).toEqual(diedAt === undefined ? [] : ["time-exceeded"]);
  });

  test("that ends beyond a broken NAT takes its mapping away there, and nowhere else", () => {
    const { network, host, carrier, home } = newCarrier({ ...LINUX_NAT, timeExceededKills: true });
    const socket = host.openSocket();
    socket.send(SERVER, HELLO, { ttl: 3 });
    network.time.run(1_000);
    const standing = (router: SimRouter): number => [...router.nat()!.mappings(network.time.now)].length;
    expect([standing(carrier), standing(home)]).toEqual([0, 1]);
  });

  test("that ends on the way in leaves no trace behind the far router", () => {
    const { network, home, host } = newCarrier(CLASSIC_NATS["EI-PP-EI"], CLASSIC_NATS["EI-PP-EI"]);
    const socket = host.openSocket({ port: 5 });
    const outside = network.observe(host, socket, SERVER)!;
    const before = home.nat()!.usage().sessionsMade;
    const peer = addPeer(network, "198.51.100.9").openSocket();
    peer.send(outside, HELLO, { ttl: 10 });
    network.time.run(100);
    expect(home.nat()!.usage().sessionsMade).toBe(before);
    peer.send(outside, HELLO, { ttl: 11 });
    network.time.run(100);
    expect(home.nat()!.usage().sessionsMade).toBe(before + 1);
  });
});

describe("a NAT that rejects", () => {
  test("tells the stranger, and one that drops does not", () => {
    for (const kind of ["reject", "drop"] as const) {
      const network = new SimNetwork();
      network.addRouter({
        name: "home",
        v4: { nat: { ...LINUX_NAT, unsolicited: { kind } }, addresses: ["203.0.113.1"] },
      });
      const errors: string[] = [];
      const peer = addPeer(network, "198.51.100.9").openSocket({ onError: (error) => errors.push(error.kind) });
      peer.send({ address: "203.0.113.1", port: 7 }, HELLO);
      network.time.run(100);
      expect(errors).toEqual(kind === "reject" ? ["prohibited"] : []);
    }
  });
});

test("a NAT that rejects strangers says nothing of what it drops for another reason", () => {
  const network = new SimNetwork();
  const nat: NatOptions = { ...LINUX_NAT, unsolicited: { kind: "reject" }, dropsPayload: () => true };
  network.addRouter({ name: "home", v4: { nat, addresses: ["203.0.113.1"] } });
  const errors: unknown[] = [];
  const peer = addPeer(network, "198.51.100.9").openSocket({ onError: (error) => errors.push(error) });
  peer.send({ address: "203.0.113.1", port: 7 }, HELLO);
  network.time.run(100);
  expect(errors).toEqual([]);
});

describe("a router", () => {
  test("that is renumbered is reached at the other address, by whoever is asked anew", () => {
    const network = new SimNetwork();
    const router = network.addRouter({
      name: "home",
      v4: { nat: CLASSIC_NATS["EI-PP-EI"], addresses: ["203.0.113.1"] },
    });
    const host = addHost(network, router, "192.168.1.2");
    const got: unknown[] = [];
    const socket = host.openSocket({ port: 5, onDatagram: (from) => got.push(from.port) });
    network.observe(host, socket, SERVER);
    router.renumber(["203.0.113.8"]);
    const peer = addPeer(network, "198.51.100.9").openSocket({ port: 1 });
    const send = (address: string): void => {
      peer.send({ address, port: 5 }, HELLO);
      network.time.run(100);
    };
    send("203.0.113.1");
    send("203.0.113.8");
    expect(got).toEqual([]);
    expect(network.observe(host, socket, SERVER)?.address).toBe("203.0.113.8");
    send("203.0.113.8");
    expect(got).toEqual([1]);
  });

  test("may get another prefix, and is reached by the one before no more", () => {
    const { network, router, host } = newDualStack();
    network.recordFates();
    router.renumber(["203.0.113.1"], [{ address: "2001:db8:2::", length: 64 }]);
    host.interfaces[0]!.setAddresses(["192.168.1.2", "2001:db8:2::2"]);
    host.openSocket({ port: 5 }).send({ address: "2001:db8:9::1", port: 1 }, HELLO);
    const peer = addPeer(network, "2001:db8:9::1").openSocket({ port: 1 });
    network.time.run(1);
    const sent = ["2001:db8:1::2", "2001:db8:2::2"].map((address) => peer.send({ address, port: 5 }, HELLO));
    network.time.run(1);
    expect(sent.map((number) => network.fatesOf(number)[0]?.where)).toEqual(["internet", "host"]);
  });

  test("that reboots forgets both families", () => {
    const { network, router, host } = newDualStack();
    const socket = host.openSocket({ port: 5 });
    socket.send(SERVER, HELLO);
    socket.send({ address: "2001:db8:9::1", port: 1 }, HELLO);
    const standing = (): number[] =>
      ([4, 6] as const).map((family) => [...router.nat(family)!.mappings(network.time.now)].length);
    expect(standing()).toEqual([1, 1]);
    router.reboot();
    expect(standing()).toEqual([0, 0]);
  });

  test("filters IPv6 without translating it", () => {
    const { network, host } = newDualStack();
    const peer = addPeer(network, "2001:db8:9::1");
    const seen: unknown[] = [];
    const outside = peer.openSocket({ port: 1, onDatagram: (from) => seen.push(from.address) });
    const inside = host.openSocket({ port: 5, onDatagram: () => seen.push("inside") });
    outside.send({ address: "2001:db8:1::2", port: 5 }, HELLO);
    network.time.run(100);
    inside.send({ address: "2001:db8:9::1", port: 1 }, HELLO);
    network.time.run(100);
    outside.send({ address: "2001:db8:1::2", port: 5 }, HELLO);
    network.time.run(100);
    expect(seen).toEqual(["2001:db8:1::2", "inside"]);
  });

  test("without a way for a family drops it", () => {
    const network = new SimNetwork();
    network.recordFates();
    const router = network.addRouter({ name: "home", v4: { nat: LINUX_NAT, addresses: ["203.0.113.1"] } });
    const host = network.addHost({
      name: "host",
      interfaces: [{ segment: router.lan, addresses: ["fd00::2"] }],
    });
    const sent = host.openSocket().send({ address: "2001:db8::1", port: 1 }, HELLO);
    expect(network.fatesOf(sent)).toMatchObject([{ where: "home", reason: "no-route" }]);
  });
});

test("hairpinning joins two hosts that are kept apart inside", () => {
  const network = new SimNetwork();
  const nat: NatOptions = { ...CLASSIC_NATS["EI-PP-PD"], hairpin: "external-source" };
  const router = network.addRouter({
    name: "home",
    v4: { nat, addresses: ["203.0.113.1"] },
    lan: { isIsolated: true },
  });
  const hosts = [2, 3].map((n) => addHost(network, router, `192.168.1.${n}`));
  const got: unknown[] = [];
  const sockets = hosts.map((host, n) => host.openSocket({ port: 50 + n, onDatagram: (from) => got.push(from) }));
  sockets[0]!.send({ address: "203.0.113.1", port: 51 }, HELLO);
  network.time.run(1);
  sockets[1]!.send({ address: "203.0.113.1", port: 50 }, HELLO);
  network.time.run(1);
  sockets[0]!.send({ address: "203.0.113.1", port: 51 }, HELLO);
  network.time.run(1);
  expect(got).toEqual([
    { address: "203.0.113.1", port: 51 },
    { address: "203.0.113.1", port: 50 },
  ]);
});

test("an error from a host inside finds its way out to whom it is about", () => {
  const network = new SimNetwork();
  const router = network.addRouter({ name: "home", v4: { nat: LINUX_NAT, addresses: ["203.0.113.1"] } });
  const host = addHost(network, router, "192.168.1.2");
  const errors: unknown[] = [];
  const peer = addPeer(network, "198.51.100.9").openSocket({ port: 1, onError: (error) => errors.push(error) });
  const socket = host.openSocket({ port: 5 });
  socket.send({ address: "198.51.100.9", port: 1 }, HELLO);
  socket.close();
  network.time.run(1);
  peer.send({ address: "203.0.113.1", port: 5 }, HELLO);
  network.time.run(1);
  expect(errors).toMatchObject([{ kind: "port-unreachable", to: { address: "203.0.113.1", port: 5 } }]);
});

test("pieces of a packet stop at a NAT that drops them", () => {
  const network = new SimNetwork();
  network.recordFates();
  const router = network.addRouter({
    name: "home",
    v4: { nat: { ...LINUX_NAT, dropsFragments: true }, addresses: ["203.0.113.1"] },
  });
  const host = addHost(network, router, "192.168.1.2");
  host.interfaces[0]!.changeLine({ mtuBytes: 1_280 });
  const sent = host.openSocket().send(SERVER, new Uint8Array(1_300));
  expect(network.fatesOf(sent)).toMatchObject([{ where: "home", reason: "fragment" }]);
});

function newCarrier(nat: NatOptions, homeNat: NatOptions = LINUX_NAT) {
  const network = new SimNetwork();
  const carrier = network.addRouter({ name: "carrier", v4: { nat, addresses: ["203.0.113.1"] } });
  const home = network.addRouter({
    name: "home",
    outside: carrier.lan,
    v4: { nat: homeNat, addresses: ["100.64.0.2"] },
  });
  const host = addHost(network, home, "192.168.1.2");
  addPeer(network, SERVER.address).openSocket({ port: SERVER.port });
  return { network, carrier, home, host };
}

function newDualStack() {
  const network = new SimNetwork();
  const router = network.addRouter({
    name: "home",
    v4: { nat: LINUX_NAT, addresses: ["203.0.113.1"] },
    v6: { nat: NAT_CLASSES.F, prefixes: [{ address: "2001:db8:1::", length: 64 }] },
  });
  const host = network.addHost({
    name: "host",
    interfaces: [{ segment: router.lan, addresses: ["192.168.1.2", "2001:db8:1::2"] }],
  });
  return { network, router, host };
}

function addHost(network: SimNetwork, router: SimRouter, address: string) {
  return network.addHost({ name: address, interfaces: [{ segment: router.lan, addresses: [address] }] });
}

function addPeer(network: SimNetwork, address: string) {
  return network.addHost({ name: address, interfaces: [{ segment: network.internet, addresses: [address] }] });
}
