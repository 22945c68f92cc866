import { describe, expect, test } from "vitest";
import { CLASSIC_NATS, LINUX_NAT, NAT_CLASSES } from "./nat/presets.ts";
import { SimNetwork } from "./network.ts";

const HELLO = Uint8Array.of(1, 2, 3);
const PEER = { address: "198.51.100.9", port: 4_000 };

describe("a packet", () => {
  test("to a public host takes the delays of both lines, and its answer comes back through the NAT", () => {
    const { network, host, peer } = newHome();
    const log: unknown[] = [];
    const socket = host.openSocket({ port: 5_000 });
    const echo = peer.openSocket({ port: PEER.port });
    echo.onDatagram = (from, bytes) => {
      log.push([network.time.now, from, [...bytes]]);
      echo.send(from, bytes);
    };
    socket.onDatagram = (from) => log.push([network.time.now, from]);
    socket.send(PEER, HELLO);
    network.time.run(1_000);
    expect(log).toEqual([
      [15, { address: "203.0.113.1", port: 5_000 }, [1, 2, 3]],
      [30, PEER],
    ]);
  });

  test("is a copy: what the sender does to its bytes afterwards stays with the sender", () => {
    const { network, host, peer } = newHome();
    const got: number[][] = [];
    peer.openSocket({ port: PEER.port, onDatagram: (_, bytes) => got.push([...bytes]) });
    const bytes = Uint8Array.from(HELLO);
    host.openSocket().send(PEER, bytes);
    bytes.fill(9);
    network.time.run(100);
    expect(got).toEqual([[1, 2, 3]]);
  });

  test("is never received within its own send, not even where nothing takes time", () => {
    const network = new SimNetwork();
    const host = network.addHost({
      name: "host",
      interfaces: [{ segment: network.internet, addresses: [PEER.address] }],
    });
    let isSending = false;
    const received: boolean[] = [];
    host.openSocket({ port: PEER.port, onDatagram: () => received.push(isSending) });
    const socket = host.openSocket();
    isSending = true;
    socket.send(PEER, HELLO);
    isSending = false;
    network.time.run(0);
    expect(received).toEqual([false]);
  });

  test("has a fate that can be asked for", () => {
    const { network, host, router, peer } = newHome();
    network.recordFates();
    const socket = host.openSocket({ port: 5_000 });
    peer.openSocket({ port: PEER.port });
    const outsider = peer.openSocket({ port: 1 });
    const arrived = socket.send(PEER, HELLO);
    const lost = socket.send({ address: "198.51.100.77", port: 1 }, HELLO);
    const refused = outsider.send({ address: "203.0.113.1", port: 5_000 }, HELLO);
    expect(network.fatesOf(arrived)).toEqual([]);
    network.time.run(100);
    expect(network.fatesOf(arrived)).toEqual([{ at: 15, where: "peer", kind: "delivered" }]);
    expect(network.fatesOf(lost)).toMatchObject([{ where: "internet", kind: "dropped", reason: "no-route" }]);
    expect(network.fatesOf(refused)).toMatchObject([{ where: "home", kind: "dropped", reason: "unsolicited" }]);
    expect([host.place.packetsOut, router.place.packetsOut, peer.place.packetsIn]).toEqual([2, 2, 1]);
    expect([router.place.packetsIn, router.place.bytesOut, router.place.drops]).toEqual([0, 6, { unsolicited: 1 }]);
  });

  test("that a socket sends after it is closed goes nowhere", () => {
    const { network, host } = newHome();
    network.recordFates();
    const socket = host.openSocket();
    socket.close();
    expect(network.fatesOf(socket.send(PEER, HELLO))).toMatchObject([{ kind: "dropped", reason: "host-down" }]);
  });
});

describe("levels of NAT", () => {
  test("may be three deep, and the outermost is seen from outside", () => {
    const network = new SimNetwork();
    const carrier = network.addRouter({ name: "carrier", v4: { nat: NAT_CLASSES.R, addresses: ["203.0.113.1"] } });
    const home = network.addRouter({
      name: "home",
      outside: carrier.lan,
      v4: { nat: LINUX_NAT, addresses: ["100.64.0.2"] },
    });
    const inner = network.addRouter({
      name: "inner",
      outside: home.lan,
      v4: { nat: LINUX_NAT, addresses: ["192.168.1.2"] },
    });
    const host = network.addHost({ name: "host", interfaces: [{ segment: inner.lan, addresses: ["10.0.0.2"] }] });
    const peer = newPeer(network);
    const seen: unknown[] = [];
    const echo = peer.openSocket({ port: PEER.port });
    echo.onDatagram = (from, bytes) => {
      seen.push(from.address);
      echo.send(from, bytes);
    };
    const socket = host.openSocket({ port: 7, onDatagram: (from) => seen.push(from) });
    socket.send(PEER, HELLO);
    network.time.run(100);
    expect(seen).toEqual(["203.0.113.1", PEER]);
    const observed = network.observe(host, socket, PEER)!;
    expect(network.observe(host, socket, PEER)).toEqual(observed);
    expect(observed.address).toBe("203.0.113.1");
  });

  test("of two homes behind one carrier reach each other inside it", () => {
    const network = new SimNetwork();
    const carrier = network.addRouter({ name: "carrier", v4: { nat: NAT_CLASSES.R, addresses: ["203.0.113.1"] } });
    const hosts = [2, 3].map((n) => {
      const home = network.addRouter({
        name: `home ${n}`,
        outside: carrier.lan,
        v4: { nat: CLASSIC_NATS["EI-PP-EI"], addresses: [`100.64.0.${n}`] },
      });
      return network.addHost({ name: `host ${n}`, interfaces: [{ segment: home.lan, addresses: ["192.168.1.2"] }] });
    });
    const got: unknown[] = [];
    const [one, other] = hosts.map((host) => host.openSocket({ port: 5, onDatagram: (from) => got.push(from) }));
    one!.send({ address: "100.64.0.9", port: 1 }, HELLO);
    other!.send({ address: "100.64.0.2", port: 5 }, HELLO);
    network.time.run(100);
    expect(got).toEqual([{ address: "100.64.0.3", port: 5 }]);
  });
});

describe("a segment", () => {
  test("carries packets between its hosts, unless they are isolated", () => {
    for (const isIsolated of [false, true]) {
      const network = new SimNetwork();
      const { lan } = network.addRouter({
        name: "home",
        v4: { nat: LINUX_NAT, addresses: ["203.0.113.1"] },
        lan: { isIsolated },
      });
      const [one, other] = ["192.168.1.2", "192.168.1.3"].map((address) =>
        network.addHost({ name: address, interfaces: [{ segment: lan, addresses: [address] }] }),
      );
      const got: unknown[] = [];
      other!.openSocket({ port: 5, onDatagram: (from) => got.push(from.address) });
      one!.openSocket().send({ address: "192.168.1.3", port: 5 }, HELLO);
      network.time.run(1);
      expect(got).toEqual(isIsolated ? [] : ["192.168.1.2"]);
    }
  });

  test("that is isolated lets a host reach itself", () => {
    const network = new SimNetwork();
    const { lan } = network.addRouter({ name: "home", lan: { isIsolated: true } });
    const host = network.addHost({ name: "host", interfaces: [{ segment: lan, addresses: ["192.168.1.2"] }] });
    const got: unknown[] = [];
    host.openSocket({ port: 5, onDatagram: (from) => got.push(from.address) });
    host.openSocket().send({ address: "192.168.1.2", port: 5 }, HELLO);
    network.time.run(1);
    expect(got).toEqual(["192.168.1.2"]);
  });

  test("behind a router does not reach another one behind it", () => {
    const { network, host, router } = newHome();
    network.recordFates();
    network.addHost({
      name: "guest",
      interfaces: [{ segment: router.addSegment(), addresses: ["192.168.2.2"] }],
    });
    const sent = host.openSocket().send({ address: "192.168.2.2", port: 1 }, HELLO);
    expect(network.fatesOf(sent)).toMatchObject([{ where: "home", reason: "isolated" }]);
  });

  test("can swallow packets, seen as they are there", () => {
    const { network, host, peer } = newHome();
    network.recordFates();
    peer.openSocket({ port: PEER.port });
    network.internet.blackhole = ({ source, bytes }) => source.address === "203.0.113.1" && bytes[0] === 1;
    const sent = [HELLO, Uint8Array.of(2)].map((bytes) => host.openSocket().send(PEER, bytes));
    network.time.run(100);
    expect(sent.map((number) => network.fatesOf(number)[0]?.kind)).toEqual(["dropped", "delivered"]);
  });
});

test("the same seed gives the same run, another one another", () => {
  const run = (seed: number): string => {
    const { network, host, peer } = newHome(seed);
    const echo = peer.openSocket({ port: PEER.port });
    echo.onDatagram = (from, bytes) => void echo.send(from, bytes);
    for (let n = 0; n < 50; n++) host.openSocket().send(PEER, Uint8Array.of(n));
    network.time.run(1_000);
    return network.traceDigest();
  };
  expect(run(5)).toBe(run(5));
  expect(run(5)).not.toBe(run(6));
});

test("one changed byte, or one changed moment, changes the digest", () => {
  const run = (byte: number, at: number): string => {
    const { network, host } = newHome();
    network.time.at(at, () => host.openSocket({ port: 1 }).send(PEER, Uint8Array.of(byte)));
    network.time.run(1_000);
    return network.traceDigest();
  };
  expect(new Set([run(1, 5), run(2, 5), run(1, 5.001), run(1, 5)]).size).toBe(3);
});

/** A host behind a Linux router, 10 ms from the middle of the Internet, and a public peer at 5 ms. */
function newHome(seed = 1) {
  const network = new SimNetwork({ seed });
  const router = network.addRouter({
    name: "home",
    line: { delayMs: 10 },
    v4: { nat: LINUX_NAT, addresses: ["203.0.113.1"] },
  });
  const host = network.addHost({ name: "host", interfaces: [{ segment: router.lan, addresses: ["192.168.1.2"] }] });
  return { network, router, host, peer: newPeer(network) };
}

function newPeer(network: SimNetwork) {
  return network.addHost({
    name: "peer",
    interfaces: [{ segment: network.internet, addresses: [PEER.address], line: { delayMs: 5 } }],
  });
}
