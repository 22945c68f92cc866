import { describe, expect, test } from "vitest";
import type { LinkOptions } from "./link.ts";
import { SimNetwork } from "./network.ts";
import type { DropReason } from "./place.ts";
import type { SocketError } from "./socket.ts";

describe("a link", () => {
  test("delays", () => {
    const { send, arrivals } = newLine({ delayMs: 20 });
    send(3);
    expect(arrivals().map(({ at }) => at)).toEqual([20, 20, 20]);
  });

  test("jitters up to a limit, and keeps the order", () => {
    const { send, arrivals } = newLine({ delayMs: 20, jitterMs: 10 });
    send(500, { everyMs: 1 });
    const delays = arrivals().map(({ at, number }) => at - number);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...delays)).toBeLessThan(30);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(5);
    expect(isInOrder(arrivals())).toBe(true);
  });

  test("loses its share, each packet on its own", () => {
    const { send, arrivals, drops } = newLine({ loss: 0.1 });
    send(5_000);
    expect(arrivals().length / 5_000).toBeCloseTo(0.9, 1);
    expect(drops()).toEqual({ loss: 5_000 - arrivals().length });
    // One loss is followed by another one as often as any packet is lost.
    expect(mean(runsOfLoss(arrivals(), 5_000))).toBeLessThan(1.25);
  });

  test("loses in bursts", () => {
    const { send, arrivals } = newLine({ burstLoss: { toBad: 0.02, toGood: 0.1, loss: 1 } });
    send(20_000);
    // Bad for 10 packets on average, after 50 good ones.
    expect(arrivals().length / 20_000).toBeGreaterThan(0.78);
    expect(arrivals().length / 20_000).toBeLessThan(0.88);
    expect(mean(runsOfLoss(arrivals(), 20_000))).toBeGreaterThan(7);
    expect(mean(runsOfLoss(arrivals(), 20_000))).toBeLessThan(13);
  });

  test("lets packets overtake the share that comes later", () => {
    const { send, arrivals } = newLine({ delayMs: 10, reorder: { share: 0.1, byMs: 5 } });
    send(2_000, { everyMs: 1 });
    const late = arrivals().filter(({ at, number }) => at - number > 10);
    expect(late.length / 2_000).toBeCloseTo(0.1, 1);
    expect(late.every(({ at, number }) => at - number === 15)).toBe(true);
    expect(isInOrder(arrivals())).toBe(false);
  });

  test("doubles its share", () => {
    const { send, arrivals } = newLine({ duplicate: 0.2 });
    send(2_000);
    expect(arrivals().length / 2_000).toBeCloseTo(1.2, 1);
    expect(new Set(arrivals().map(({ number }) => number)).size).toBe(2_000);
  });

  test("has a bandwidth, and a queue that fills", () => {
    // 8 Mbit/s are 1,000 bytes a millisecond; a packet of 972 with its headers is one.
    const { send, arrivals, drops } = newLine({
      delayMs: 5,
      bandwidth: { bitsPerSecond: 8_000_000, queueBytes: 4_000 },
    });
    send(6, { bytes: 972 });
    expect(arrivals().map(({ at }) => at)).toEqual([6, 7, 8, 9]);
    expect(drops()).toEqual({ "queue-full": 2 });
  });

  test("has a queue that empties", () => {
    const { send, arrivals } = newLine({ bandwidth: { bitsPerSecond: 8_000_000, queueBytes: 2_000 } });
    send(50, { bytes: 972, everyMs: 1 });
    expect(arrivals()).toHaveLength(50);
  });

  test("may block UDP, or let so much through and no more", () => {
    const blocked = newLine({ udp: "blocked" });
    blocked.send(2);
    expect([blocked.arrivals(), blocked.drops()]).toEqual([[], { "udp-blocked": 2 }]);
    const limited = newLine({ udp: { perSecond: 100, burst: 10 } });
    limited.send(1_000, { everyMs: 1 });
    expect(limited.arrivals().length).toBeGreaterThanOrEqual(109);
    expect(limited.arrivals().length).toBeLessThanOrEqual(111);
  });

  test("can be dead one way", () => {
    const network = new SimNetwork();
    const [a, b] = ["a", "b"].map((name, n) =>
      network.addHost({
        name,
        interfaces: [
          {
            segment: network.internet,
            addresses: [`198.51.100.${n}`],
            line: n === 0 ? { up: { isDown: true }, down: {} } : {},
          },
        ],
      }),
    );
    const got: string[] = [];
    const sockets = [a, b].map((host) => host!.openSocket({ port: 1, onDatagram: () => got.push(host!.name) }));
    sockets[0]!.send({ address: "198.51.100.1", port: 1 }, new Uint8Array(1));
    sockets[1]!.send({ address: "198.51.100.0", port: 1 }, new Uint8Array(1));
    network.time.run(1);
    expect([got, a!.place.drops]).toEqual([["a"], { "link-down": 1 }]);
  });

  test("changes while packets are on it: those keep their time", () => {
    const { network, link, send, arrivals } = newLine({ delayMs: 50 });
    send(1);
    network.time.at(10, () => link.change({ delayMs: 5 }));
    network.time.at(20, () => send(1));
    network.time.at(30, () => link.change({ isDown: true }));
    network.time.at(40, () => send(1));
    expect(arrivals().map(({ at }) => at)).toEqual([25, 50]);
  });
});

describe("a packet larger than the MTU", () => {
  test.each([
    ["goes in pieces", {}, 1, {}],
    ["is lost where pieces are dropped", { fragments: "drop" }, 0, { fragment: 1 }],
  ] as const)("%s over IPv4", (_, more, arrived, drops) => {
    const line = newLine({ mtuBytes: 1_280, ...more });
    line.send(1, { bytes: 1_253 });
    expect([line.arrivals().length, line.drops()]).toEqual([arrived, drops]);
    line.send(1, { bytes: 1_252 });
    expect(line.arrivals()).toHaveLength(arrived + 1);
  });

  test.each([
    ["icmp", [{ kind: "packet-too-big", to: { address: "198.51.100.2", port: 1 }, mtuBytes: 1_280 }]],
    ["silent", []],
  ] as const)("that must not go in pieces is refused (%s)", (tooBig, errors) => {
    const line = newLine({ mtuBytes: 1_280, tooBig });
    line.send(1, { bytes: 1_253, dontFragment: true });
    expect([line.arrivals(), line.drops(), line.errors]).toEqual([[], { "too-big": 1 }, errors]);
  });

  test("is refused over IPv6, where 20 bytes less fit", () => {
    const line = newLine({ mtuBytes: 1_280 }, ["2001:db8::1", "2001:db8::2"]);
    line.send(1, { bytes: 1_232 });
    line.send(1, { bytes: 1_233 });
    expect([line.arrivals().length, line.drops()]).toEqual([1, { "too-big": 1 }]);
    expect(line.errors).toMatchObject([{ kind: "packet-too-big", mtuBytes: 1_280 }]);
  });
});

test("routers on a link take their share of the TTL, and say so when it ends there", () => {
  const line = newLine({ delayMs: 10, hops: 3 });
  line.send(1, { ttl: 4 });
  expect(line.arrivals()).toHaveLength(1);
  line.send(1, { ttl: 3 });
  expect([line.arrivals().length, line.drops()]).toEqual([1, { ttl: 1 }]);
  expect(line.errors.map(({ kind }) => kind)).toEqual(["time-exceeded"]);
});

type Arrival = { readonly at: number; readonly number: number };

/** A host whose way out is the link in question, and another one that receives. */
function newLine(options: LinkOptions, addresses = ["198.51.100.1", "198.51.100.2"]) {
  const network = new SimNetwork({ internetHops: 0 });
  const [from, to] = addresses.map((address) =>
    network.addHost({ name: address, interfaces: [{ segment: network.internet, addresses: [address] }] }),
  );
  const link = from!.interfaces[0]!.up;
  link.change(options);
  const received: Arrival[] = [];
  const errors: SocketError[] = [];
  const socket = from!.openSocket({ port: 1, onError: (error) => errors.push(error) });
  to!.openSocket({
    port: 1,
    onDatagram: (_, bytes) => received.push({ at: network.time.now, number: new DataView(bytes.buffer).getUint16(0) }),
  });
  let number = 0;
  const sendOne = (size: number, more: { readonly ttl?: number; readonly dontFragment?: boolean }): void => {
    const bytes = new Uint8Array(size);
    new DataView(bytes.buffer).setUint16(0, number++);
    socket.send({ address: addresses[1]!, port: 1 }, bytes, more);
  };
  const send = (count: number, { everyMs = 0, bytes = 2, ...more } = {} as SendMany): void => {
    for (let n = 0; n < count; n++) network.time.at(network.time.now + n * everyMs, () => sendOne(bytes, more));
  };
  return {
    network,
    link,
    send,
    errors,
    arrivals: (): readonly Arrival[] => {
      network.time.run(100_000);
      return received;
    },
    drops: (): Partial<Record<DropReason, number>> => {
      network.time.run(100_000);
      return from!.place.drops;
    },
  };
}

type SendMany = {
  readonly everyMs?: number;
  readonly bytes?: number;
  readonly ttl?: number;
  readonly dontFragment?: boolean;
};

function isInOrder(arrivals: readonly Arrival[]): boolean {
  return arrivals.every(({ number }, n) => n === 0 || number > arrivals[n - 1]!.number);
}

function runsOfLoss(arrivals: readonly Arrival[], sent: number): number[] {
  const numbers = [...arrivals.map(({ number }) => number), sent];
  return numbers.map((number, n) => number - (numbers[n - 1] ?? -1) - 1).filter((lost) => lost > 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
