import { describe, expect, test } from "vitest";
import type { MappingAnswer, MappingServerOptions } from "./mapping-server.ts";
import { CLASSIC_NATS, LINUX_NAT, NAT_CLASSES } from "./nat/presets.ts";
import type { NatOptions } from "./nat/options.ts";
import { SimNetwork } from "./network.ts";

const HELLO = Uint8Array.of(1);
const INTERNAL = { address: "192.168.1.2", port: 5_000 };
const HOUR_MS = 3_600_000;

describe.each([
  ["Linux", LINUX_NAT],
  ["random symmetric", NAT_CLASSES.R],
  ["endpoint-independent", CLASSIC_NATS["EI-RD-PD"]],
])("a mapping of a %s NAT", (_, nat) => {
  test("lets everybody in, and answers go out by it", () => {
    const home = newHome({}, nat);
    expect(home.ask(HOUR_MS)).toEqual({
      kind: "mapped",
      external: { address: "203.0.113.1", port: 5_000 },
      lifetimeMs: HOUR_MS,
      epochMs: 1,
    });
    expect(home.echoed()).toEqual({ address: "203.0.113.1", port: 5_000 });
  });

  test("ends with its lease, however busy, unless that is renewed", () => {
    const home = newHome({}, nat);
    home.ask(10_000);
    home.network.time.run(9_000);
    expect(home.echoed()).toBeDefined();
    home.network.time.run(1_000);
    // Whom the host has answered is known to the NAT by now, so a stranger asks.
    expect(home.echoed(2)).toBeUndefined();
    home.ask(10_000);
    home.network.time.run(9_000);
    home.ask(10_000);
    home.network.time.run(9_000);
    expect(home.echoed(3)).toBeDefined();
  });

  test("can be given back", () => {
    const home = newHome({}, nat);
    home.ask(HOUR_MS);
    expect(home.ask(0)).toMatchObject({ kind: "removed" });
    expect(home.echoed()).toBeUndefined();
  });
});

test("a mapping is for the host that asks: another one gets another port, and the same one again the same", () => {
  const home = newHome({}, LINUX_NAT);
  const first = home.ask(HOUR_MS);
  home.network.addHost({
    name: "neighbour",
    interfaces: [{ segment: home.router.lan, addresses: ["192.168.1.3"] }],
  });
  const second = home.ask(HOUR_MS, { address: "192.168.1.3", port: 5_000 });
  expect(second).toMatchObject({ kind: "mapped" });
  expect(second).not.toEqual(first);
  expect(home.ask(HOUR_MS)).toMatchObject({ external: { port: 5_000 } });
  expect(home.ask(HOUR_MS, { address: "192.168.9.9", port: 1 })).toMatchObject({ reason: "not-authorized" });
});

test("an endpoint-independent NAT sends everything of a mapped port from there, a Linux one does not", () => {
  const observed = [CLASSIC_NATS["EI-RD-PD"], LINUX_NAT].map((nat) => {
    const { network, host, socket, ask } = newHome({}, nat);
    ask(HOUR_MS, { ...INTERNAL }, 7_777);
    return network.observe(host, socket, { address: "198.51.100.50", port: 1 })?.port;
  });
  expect(observed).toEqual([7_777, 5_000]);
});

test("a pinhole of IPv6 lets everybody through the firewall", () => {
  const network = new SimNetwork();
  const router = network.addRouter({
    name: "home",
    v6: { nat: NAT_CLASSES.F, prefixes: [{ address: "2001:db8:1::", length: 64 }] },
    mappings: {},
  });
  const host = network.addHost({
    name: "host",
    interfaces: [{ segment: router.lan, addresses: ["2001:db8:1::2"] }],
  });
  const peer = network.addHost({
    name: "peer",
    interfaces: [{ segment: network.internet, addresses: ["2001:db8:9::1"] }],
  });
  const internal = { address: "2001:db8:1::2", port: 5 };
  const got: unknown[] = [];
  const socket = host.openSocket({ port: 5 });
  socket.onDatagram = (from, bytes) => socket.send(from, bytes);
  router.mappings!.request({ internal, lifetimeMs: HOUR_MS }, (answer) => got.push(answer));
  network.time.run(10);
  peer.openSocket({ port: 1, onDatagram: (from) => got.push(from) }).send(internal, HELLO);
  network.time.run(10);
  expect(got).toMatchObject([{ kind: "mapped", external: internal }, internal]);
});

describe("a router that is at fault", () => {
  test("speaks of a private address", () => {
    expect(newHome({ externalAddress: "10.1.2.3" }).ask(HOUR_MS)).toMatchObject({ external: { address: "10.1.2.3" } });
  });

  test("grants permanent leases only", () => {
    const { ask } = newHome({ leases: "permanent-only" });
    expect(ask(HOUR_MS)).toEqual({ kind: "refused", reason: "only-permanent-leases" });
    expect(ask(Number.POSITIVE_INFINITY)).toMatchObject({ kind: "mapped" });
  });

  test("grants less than was asked for", () => {
    expect(newHome({ maxLeaseMs: 60_000 }).ask(HOUR_MS)).toMatchObject({ lifetimeMs: 60_000 });
  });

  test("forwards to another port inside", () => {
    const home = newHome({ forwardsTo: (port) => port + 1 });
    expect(home.ask(HOUR_MS)).toMatchObject({ external: { port: 5_000 } });
    expect(home.echoed()).toBeUndefined();
    expect(home.host.place.drops).toEqual({ "no-socket": 1 });
  });

  test("loses its mappings and tells nobody", () => {
    const home = newHome({});
    home.ask(HOUR_MS);
    home.router.mappings!.wipe();
    expect(home.echoed()).toBeUndefined();
    expect(home.ask(HOUR_MS)).toMatchObject({ kind: "mapped" });
    expect(home.echoed()).toBeDefined();
  });

  test("answers late, or not at all", () => {
    const home = newHome({ answerMs: 4_000 });
    expect(home.ask(HOUR_MS, INTERNAL)).toBeUndefined();
    home.network.time.run(4_000);
    expect(home.answers).toHaveLength(1);
    home.router.mappings!.change({ isSilent: true });
    home.ask(HOUR_MS);
    home.network.time.run(60_000);
    expect(home.answers).toHaveLength(1);
  });

  test("says that it has just started, with or without having", () => {
    const home = newHome({});
    home.network.time.run(10_000);
    expect(home.ask(HOUR_MS)).toMatchObject({ epochMs: 10_001 });
    home.router.mappings!.resetEpoch();
    expect(home.ask(HOUR_MS)).toMatchObject({ epochMs: 1 });
    expect(home.echoed()).toBeDefined();
    home.router.reboot();
    expect(home.echoed(2)).toBeUndefined();
    expect(home.ask(HOUR_MS)).toMatchObject({ epochMs: 101 });
  });

  test("has room for so many", () => {
    const { ask } = newHome({ maxMappings: 1 });
    ask(HOUR_MS);
    expect(ask(HOUR_MS, { ...INTERNAL, port: 5_001 })).toEqual({ kind: "refused", reason: "no-resources" });
    expect(ask(HOUR_MS)).toMatchObject({ kind: "mapped" });
  });
});

function newHome(mappings: MappingServerOptions, nat: NatOptions = LINUX_NAT) {
  const network = new SimNetwork();
  const router = network.addRouter({ name: "home", v4: { nat, addresses: ["203.0.113.1"] }, mappings });
  const host = network.addHost({
    name: "host",
    interfaces: [{ segment: router.lan, addresses: [INTERNAL.address] }],
  });
  const socket = host.openSocket({ port: INTERNAL.port });
  socket.onDatagram = (from, bytes) => socket.send(from, bytes);
  const answers: MappingAnswer[] = [];
  const ask = (lifetimeMs: number, internal = INTERNAL, externalPort = internal.port): MappingAnswer | undefined => {
    const before = answers.length;
    router.mappings!.request({ internal, lifetimeMs, externalPort }, (answer) => answers.push(answer));
    network.time.run(100);
    return answers[before];
  };
  /** Where the host's answer comes from, when a stranger sends to the mapped port. */
  const echoed = (stranger = 1): unknown => {
    const peer = network.addHost({
      name: `stranger ${stranger}`,
      interfaces: [{ segment: network.internet, addresses: [`198.51.100.${stranger}`] }],
    });
    let answeredFrom: unknown;
    const probe = peer.openSocket({ onDatagram: (from) => (answeredFrom = from) });
    probe.send({ address: "203.0.113.1", port: 5_000 }, HELLO);
    network.time.run(100);
    peer.move([]);
    return answeredFrom;
  };
  return { network, router, host, socket, ask, answers, echoed };
}
