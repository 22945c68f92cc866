import { describe, expect, test } from "vitest";
import { NAT_CLASSES } from "./nat/presets.ts";
import { SimNetwork } from "./network.ts";
import type { SocketError } from "./socket.ts";
import { EPHEMERAL_PORTS } from "./socket-table.ts";

const HELLO = Uint8Array.of(1);

describe("a socket", () => {
  test("without a port has a random ephemeral one, and no two have the same", () => {
    const { hosts } = newPair();
    const ports = Array.from({ length: 2_000 }, () => hosts[0].openSocket().port);
    expect(new Set(ports).size).toBe(2_000);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(EPHEMERAL_PORTS[0]);
    expect(Math.max(...ports)).toBeLessThanOrEqual(EPHEMERAL_PORTS[1]);
    expect(Math.max(...ports) - Math.min(...ports)).toBeGreaterThan(27_000);
  });

  test("has its port for itself, until it is closed", () => {
    const { hosts } = newPair();
    const socket = hosts[0].openSocket({ port: 5 });
    expect(() => hosts[0].openSocket({ port: 5 })).toThrow("port 5 is in use");
    socket.close();
    expect(hosts[0].openSocket({ port: 5 }).port).toBe(5);
  });

  test("bound to an address hears by that one only, and speaks from it", () => {
    const network = new SimNetwork();
    const host = network.addHost({
      name: "host",
      interfaces: [{ segment: network.internet, addresses: ["198.51.100.1", "198.51.100.2"] }],
    });
    const peer = network.addHost({
      name: "peer",
      interfaces: [{ segment: network.internet, addresses: ["198.51.100.3"] }],
    });
    const got: string[] = [];
    host.openSocket({ port: 5, onDatagram: () => got.push("any") });
    const bound = host.openSocket({ port: 5, address: "198.51.100.2", onDatagram: () => got.push("bound") });
    const socket = peer.openSocket({ port: 5, onDatagram: (from) => got.push(from.address) });
    socket.send({ address: "198.51.100.1", port: 5 }, HELLO);
    socket.send({ address: "198.51.100.2", port: 5 }, HELLO);
    bound.send({ address: "198.51.100.3", port: 5 }, HELLO);
    network.time.run(1);
    expect(got).toEqual(["any", "bound", "198.51.100.2"]);
  });

  test("hears that nobody listens where it sent, and from whom", () => {
    const { network, hosts, to } = newPair();
    const errors: SocketError[] = [];
    hosts[0].openSocket({ onError: (error) => errors.push(error) }).send(to, HELLO);
    network.time.run(1);
    expect(errors).toEqual([{ kind: "port-unreachable", to, mtuBytes: undefined }]);
  });
});

describe("a host", () => {
  test("with two uplinks uses the one that the destination is on, or else the first", () => {
    const network = new SimNetwork();
    const homes = ["203.0.113.1", "203.0.113.2"].map((address) =>
      network.addRouter({ name: address, v4: { nat: NAT_CLASSES.E3, addresses: [address] } }),
    );
    const host = network.addHost({
      name: "host",
      interfaces: [
        { segment: homes[0]!.lan, addresses: ["192.168.1.2"] },
        { segment: homes[1]!.lan, addresses: ["192.168.2.2"] },
      ],
    });
    const socket = host.openSocket({ port: 7 });
    const second = host.openSocket({ port: 8, address: "192.168.2.2" });
    const server = { address: "198.51.100.1", port: 1 };
    network.addHost({ name: "nas", interfaces: [{ segment: homes[1]!.lan, addresses: ["192.168.2.9"] }] });
    expect(host.localEndpoint(socket, "192.168.2.9")?.address).toBe("192.168.2.2");
    expect([socket, second].map((each) => network.observe(host, each, server)?.address)).toEqual([
      "203.0.113.1",
      "203.0.113.2",
    ]);
  });

  test("uses an address of the destination's family", () => {
    const network = new SimNetwork();
    const host = network.addHost({
      name: "host",
      interfaces: [{ segment: network.internet, addresses: ["198.51.100.1", "2001:db8::1"] }],
    });
    const socket = host.openSocket({ port: 7 });
    expect(host.localEndpoint(socket, "2001:db8::9")).toEqual({ address: "2001:db8::1", port: 7 });
    expect(host.localEndpoint(host.openSocket({ address: "198.51.100.1" }), "2001:db8::9")).toBeUndefined();
  });

  test("that moves has its sockets still, and another address", () => {
    const { network, hosts, to } = newPair();
    const seen: string[] = [];
    hosts[1].openSocket({ port: to.port, onDatagram: (from) => seen.push(from.address) });
    const socket = hosts[0].openSocket();
    socket.send(to, HELLO);
    network.time.run(1);
    hosts[0].move([{ segment: network.internet, addresses: ["198.51.100.77"] }]);
    socket.send(to, HELLO);
    network.time.run(1);
    expect(seen).toEqual(["198.51.100.1", "198.51.100.77"]);
    const back = hosts[1].openSocket();
    back.send({ address: "198.51.100.1", port: socket.port }, HELLO);
    expect(network.internet.place.drops).toEqual({ "no-route": 1 });
  });

  test("that sleeps neither sends nor receives", () => {
    const { network, hosts, to } = newPair();
    const got: unknown[] = [];
    hosts[1].openSocket({ port: to.port, onDatagram: (from) => got.push(from) });
    hosts[1].isUp = false;
    const socket = hosts[0].openSocket();
    socket.send(to, HELLO);
    hosts[0].isUp = false;
    socket.send(to, HELLO);
    network.time.run(1);
    expect([got, hosts[0].place.drops, hosts[1].place.drops]).toEqual([[], { "host-down": 1 }, { "host-down": 1 }]);
  });

  test("with a firewall is silent to strangers, and hears whom it has asked", () => {
    const { network, hosts, to } = newPair({ firewall: NAT_CLASSES.F });
    const got: string[] = [];
    const errors: unknown[] = [];
    const inside = hosts[1].openSocket({ port: to.port, onDatagram: () => got.push("inside") });
    const outside = hosts[0].openSocket({ port: 9, onError: (error) => errors.push(error) });
    outside.send(to, HELLO);
    network.time.run(1);
    expect([got, errors, hosts[1].place.drops]).toEqual([[], [], { unsolicited: 1 }]);
    inside.send({ address: "198.51.100.1", port: 9 }, HELLO);
    network.time.run(1);
    outside.send(to, HELLO);
    network.time.run(1);
    expect(got).toEqual(["inside"]);
  });
});

function newPair({ firewall }: { readonly firewall?: (typeof NAT_CLASSES)["F"] } = {}) {
  const network = new SimNetwork();
  const hosts = [1, 2].map((n) =>
    network.addHost({
      name: `host ${n}`,
      interfaces: [{ segment: network.internet, addresses: [`198.51.100.${n}`] }],
      ...(n === 2 && firewall !== undefined ? { firewall } : {}),
    }),
  );
  return { network, hosts: hosts as [(typeof hosts)[0], (typeof hosts)[0]], to: { address: "198.51.100.2", port: 5 } };
}
