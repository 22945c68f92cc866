// The relay client against real relays.
import { generateKeyPairSync, sign } from "node:crypto";
import { type DeviceId, deviceIdFromBytes, fromBase64Url, teamIdFromBytes, toBase64Url } from "@pinhole/protocol";
import type { NetmapPeer, RelayDistance } from "@pinhole/protocol/control";
import { issueTicket } from "@pinhole/relay";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newLog } from "../../apps/agent/src/log.ts";
import { RelayClient } from "../../apps/agent/src/relay/relay-client.ts";
import { TestRelay } from "./test-relay.ts";

const TEAM = teamIdFromBytes(new Uint8Array(16).fill(1));
const relayKeys = generateKeyPairSync("ed25519");
const MINUTE_MS = 60_000;

let main: TestRelay;
const relays: TestRelay[] = [];
const devices: Device[] = [];

beforeEach(async () => {
  main = await startRelay("main");
});
afterEach(async () => {
  for (const { client } of devices.splice(0)) client.close();
  await Promise.all(relays.splice(0).map((relay) => relay[Symbol.asyncDispose]()));
});

describe("a relay client", () => {
  test("carries packets both ways once it has a ticket, and knows its round trip", async () => {
    const [a, b] = pair();
    expect(a.client.isUp).toBe(false);
    bothKnow(a, b);
    await bothUp(a, b);
    a.client.send(b.id, packet(4, 1));
    b.client.send(a.id, packet(4, 2));
    await expect.poll(() => [a.received, b.received]).toEqual([[[b.id, packet(4, 2)]], [[a.id, packet(4, 1)]]]);
    await expect.poll(() => a.client.states).toEqual([{ name: "main", connected: true, rttMs: expect.any(Number) }]);
    expect(a.states).toEqual([true]);
  });

  // The first packet to a peer must not wait for WireGuard's own repetition, five seconds later.
  test("sends an initiation from before it was up as soon as it is", async () => {
    const [a, b] = pair();
    b.take([a]);
    await expect.poll(() => b.client.isUp).toBe(true);
    a.client.send(b.id, packet(1, 7));
    a.client.send(b.id, packet(4, 8));
    const askedAt = performance.now();
    a.take([b]);
    await expect.poll(() => b.received, { interval: 5 }).toEqual([[a.id, packet(1, 7)]]);
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    expect(a.client.dropped).toBeGreaterThan(0);
  });

  test("takes a newer ticket while it is up, and one that came while it connected", async () => {
    const [a, b] = pair();
    a.take([]);
    a.take([b]);
    b.take([a]);
    await bothUp(a, b);
    a.client.send(b.id, packet(4, 1));
    await expect.poll(() => b.received.length).toBe(1);
    a.take([]);
    b.take([]);
    a.client.send(b.id, packet(4, 2));
    await expect.poll(() => main.relay.counters.dropped.notAllowed).toBe(1);
    expect(main.relay.counters.refused["bad-ticket"]).toBe(0);
  });

  test("comes back by itself after the relay was away", async () => {
    const [a, b] = pair();
    bothKnow(a, b);
    await bothUp(a, b);
    await main.cut();
    await expect.poll(() => a.states).toEqual([true, false]);
    await main.listen();
    await bothUp(a, b);
    a.client.send(b.id, packet(4, 3));
    await expect.poll(() => b.received.length).toBe(1);
  }, 10_000);

  test("asks for no connection with a ticket that was refused, and at once with the next one", async () => {
    const [a] = pair();
    a.take([], -MINUTE_MS);
    await expect.poll(() => main.relay.counters.refused["ticket-expired"]).toBe(1);
    await passed(1_500);
    expect(main.asked).toBe(1);
    const askedAt = performance.now();
    a.take([]);
    await expect.poll(() => a.client.isUp).toBe(true);
    expect(performance.now() - askedAt).toBeLessThan(1_000);
  });

  test("asks a relay that drops it at once ever more seldom", async () => {
    const [a] = pair();
    main.isDropping = true;
    a.take([]);
    await passed(4_000);
    main.isDropping = false;
    expect(main.asked).toBeGreaterThan(2);
    expect(main.asked).toBeLessThanOrEqual(16);
    // The dashboard is back: no more waiting.
    a.client.hurry();
    await expect.poll(() => a.client.isUp, { timeout: 500 }).toBe(true);
  }, 10_000);

  test("opens another connection at once when the network changes, and none once its ticket is taken away", async () => {
    const [a] = pair();
    a.take([]);
    await expect.poll(() => a.client.isUp).toBe(true);
    a.client.reconnect();
    await expect.poll(() => [main.asked, a.client.isUp], { timeout: 500 }).toEqual([2, true]);
    a.client.forgetTicket();
    await expect.poll(() => a.client.isUp).toBe(false);
    await passed(1_000);
    expect(main.asked).toBe(2);
  });

  test("notices a relay that died without a word: soon while it sends", async () => {
    const [a, b] = pair();
    bothKnow(a, b);
    await bothUp(a, b);
    main.isFrozen = true;
    const diedAt = performance.now();
    const sending = setInterval(() => a.client.send(b.id, packet(4, 1)), 50);
    await expect.poll(() => a.states.at(-1), { timeout: 12_000 }).toBe(false);
    clearInterval(sending);
    expect(performance.now() - diedAt).toBeLessThan(8_000);
  }, 20_000);

  test("keeps no more than a bounded queue for a relay that takes nothing", async () => {
    const [a, b] = pair();
    bothKnow(a, b);
    await bothUp(a, b);
    main.pause();
    const big = new Uint8Array(60_000);
    big[0] = 4;
    for (let i = 0; i < 1_000; i++) a.client.send(b.id, big);
    // Of 60 MB: a megabyte here, and what the kernel takes by itself.
    expect(a.client.dropped).toBeGreaterThan(800);
  });
});

describe("of several relays a client", () => {
  test("measures all, keeps the nearest and one more, and says how far each is", async () => {
    const [fra, sgp] = [await startRelay("fra"), await startRelay("sgp")];
    [main.delayMs, fra.delayMs, sgp.delayMs] = [40, 2, 15];
    const [a] = pair();
    a.take([]);
    await expect.poll(() => a.client.distances.map(({ relay }) => relay)).toEqual(["fra", "sgp", "main"]);
    await expect
      .poll(() => a.client.states.flatMap(({ name, connected }) => (connected ? [name] : [])))
      .toEqual(expect.arrayContaining(["fra", "sgp"]));
    const [nearest] = a.client.distances;
    expect(nearest!.rttMs).toBeGreaterThanOrEqual(4);
    expect(nearest!.rttMs).toBeLessThan(30);
  });

  test("sends over the one where both distances add up to the least", async () => {
    const [fra, sgp] = [await startRelay("fra"), await startRelay("sgp")];
    [main.delayMs, fra.delayMs, sgp.delayMs] = [60, 2, 25];
    const [a, b] = pair();
    bothKnow(a, b);
    a.hears(b, { fra: 300, sgp: 10, main: 200 });
    b.hears(a, { fra: 300, sgp: 10, main: 200 });
    await expect.poll(() => a.client.pathTo(b.id).relay, { timeout: 10_000 }).toBe("sgp");
    await expect.poll(() => b.client.pathTo(a.id).relay, { timeout: 10_000 }).toBe("sgp");
    a.client.send(b.id, packet(4, 1));
    await expect.poll(() => b.received.length).toBe(1);
    expect(sgp.relay.counters.forwardedPackets).toBe(1);
    expect(a.client.pathTo(b.id).rttMs).toBeGreaterThanOrEqual(60);
  }, 15_000);

  // The bound is of the stream as the receiver sees it.
  test.each(["reset", "silent"])(
    "survives the one in use within two seconds: %s",
    async (how) => {
      const fra = await startRelay("fra");
      const [a, b] = pair();
      bothKnow(a, b);
      a.hears(b, { fra: 1, main: 40 });
      b.hears(a, { fra: 1, main: 40 });
      await expect.poll(() => [a.client.pathTo(b.id).relay, b.client.pathTo(a.id).relay]).toEqual(["fra", "fra"]);
      await expect
        .poll(() => [a, b].flatMap(({ client }) => client.states).every(({ connected }) => connected))
        .toBe(true);

      const arrivedAt: number[] = [];
      b.onPacket = () => arrivedAt.push(performance.now());
      const streams = setInterval(() => {
        a.client.send(b.id, packet(4, 1));
        b.client.send(a.id, packet(4, 2));
      }, 20);
      try {
        await expect.poll(() => arrivedAt.length).toBeGreaterThan(20);
        if (how === "reset") await fra.cut();
        else fra.isFrozen = true;
        const diedAt = performance.now();
        await expect
          .poll(() => (arrivedAt.at(-1) ?? 0) - diedAt, { timeout: 5_000, interval: 20 })
          .toBeGreaterThan(500);
        const firstAfter = arrivedAt.find((at) => at > diedAt + 5)!;
        expect(firstAfter - diedAt).toBeLessThan(2_000);
        await expect.poll(() => [a.client.pathTo(b.id).relay, b.client.pathTo(a.id).relay]).toEqual(["main", "main"]);
        expect(a.states).toEqual([true]);
        await expect.poll(() => a.client.distances.map(({ relay }) => relay)).toEqual(["main"]);
      } finally {
        clearInterval(streams);
      }
    },
    20_000,
  );

  test("goes back to the nearer one when it has been there for a while", async () => {
    const fra = await startRelay("fra");
    main.delayMs = 30;
    const [a, b] = pair();
    bothKnow(a, b);
    a.hears(b, { fra: 1, main: 40 });
    await expect.poll(() => a.client.pathTo(b.id).relay).toBe("fra");
    await fra.cut();
    await expect.poll(() => a.client.pathTo(b.id).relay).toBe("main");
    await fra.listen();
    await expect.poll(() => a.client.pathTo(b.id).relay, { timeout: 12_000 }).toBe("fra");
  }, 20_000);

  // A relay that the netmap calls by another name than it calls itself may be somebody else's.
  test("uses none that calls itself otherwise", async () => {
    const other = await startRelay("fra", "ams");
    const [a] = pair();
    a.take([]);
    await expect.poll(() => other.relay.counters.refused["bad-signature"]).toBeGreaterThan(0);
    await expect.poll(() => a.client.distances.map(({ relay }) => relay)).toEqual(["main"]);
  });

  test("drops a relay that leaves the netmap, and its distance", async () => {
    await startRelay("fra");
    const [a] = pair();
    a.take([]);
    await expect.poll(() => a.client.distances.length).toBe(2);
    a.hasOnly("main");
    await expect.poll(() => a.client.distances.map(({ relay }) => relay)).toEqual(["main"]);
    expect(a.client.states.map(({ name }) => name)).toEqual(["main"]);
  });
});

describe("a device that may relay", () => {
  test("carries packets where it is nearer, with a server's relay at hand for when it is in doubt", async () => {
    const [a, b, ray] = await withRay();
    await expect.poll(() => a.requested, { timeout: 5_000 }).toEqual([{ peerId: b.id, via: ray.id }]);
    giveLanes(a, b, ray);
    await expect.poll(() => a.client.pathTo(b.id), { timeout: 5_000 }).toEqual({ relay: ray.id, rttMs: 4 });
    await expect.poll(() => b.client.pathTo(a.id).relay, { timeout: 5_000 }).toBe(ray.id);
    const before = main.relay.counters.forwardedPackets;
    a.client.send(b.id, packet(4, 1));
    b.client.send(a.id, packet(4, 2));
    expect([a.received.at(-1), b.received.at(-1)]).toEqual([
      [b.id, packet(4, 2)],
      [a.id, packet(4, 1)],
    ]);
    expect(ray.client.relaying).toMatchObject({ packets: 2 });
    expect(main.relay.counters.forwardedPackets).toBe(before);

    a.isDoubtful = true;
    a.client.send(b.id, packet(4, 3));
    await expect.poll(() => b.received.filter(([, bytes]) => bytes[4] === 3).length).toBe(2);
    // Nobody copies because he gets copies.
    b.client.send(a.id, packet(4, 4));
    expect(main.relay.counters.forwardedPackets).toBe(before + 1);
  }, 20_000);

  test("is left at once when its path ends, and it counts as a relay while no other is up", async () => {
    const [a, b, ray] = await withRay();
    giveLanes(a, b, ray);
    await expect.poll(() => a.client.pathTo(b.id).relay, { timeout: 5_000 }).toBe(ray.id);
    await main.cut();
    await expect.poll(() => a.client.states[0]!.connected).toBe(false);
    expect([a.client.isUp, a.states]).toEqual([true, [true]]);
    await main.listen();
    a.client.hurry();
    await expect.poll(() => a.client.states[0]!.connected).toBe(true);
    a.client.setRoute(ray.id, { relay: true });
    expect(a.client.pathTo(b.id).relay).toBe("main");
  }, 20_000);
});

/** Two that send to each other over the server's relay, and a third that is two milliseconds from both and may relay for them. */
async function withRay(): Promise<[Device, Device, Device]> {
  main.delayMs = 20;
  const [a, b, ray] = [new Device(), new Device(), new Device()];
  bothKnow(a, b);
  await bothUp(a, b);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.hears(other, { main: 80, [ray.id]: 2 }, [{ ...PEER, id: ray.id, mayRelay: true }]);
    one.client.setRoute(ray.id, { direct: { socket: 0, endpoint: ray.endpoint }, relay: false });
    ray.client.setRoute(one.id, { direct: { socket: 0, endpoint: one.endpoint }, relay: false });
  }
  ray.hears(a, {}, [{ ...PEER, id: b.id, isRelayed: true }], { isRelayed: true });
  a.client.send(b.id, packet(4, 0));
  b.client.send(a.id, packet(4, 0));
  return [a, b, ray];
}

function giveLanes(a: Device, b: Device, ray: Device): void {
  const expiresAt = Date.now() + 5 * MINUTE_MS;
  const lanes = [
    { id: toBase64Url(new Uint8Array(12).fill(1)), from: a.id, via: ray.id, to: b.id, expiresAt },
    { id: toBase64Url(new Uint8Array(12).fill(2)), from: b.id, via: ray.id, to: a.id, expiresAt },
  ];
  for (const { client } of [ray, a, b]) client.onLanes(lanes);
}

class Device {
  readonly id: DeviceId = deviceIdFromBytes(crypto.getRandomValues(new Uint8Array(16)));
  readonly received: [DeviceId, Uint8Array][] = [];
  readonly states: boolean[] = [];
  /** For lanes. */
  readonly requested: unknown[] = [];
  readonly endpoint = { address: "203.0.113.1", port: 1_000 + devices.length };
  isDoubtful = false;
  readonly client: RelayClient;
  onPacket: () => void = () => undefined;
  readonly #keys = generateKeyPairSync("ed25519");
  #peers: readonly NetmapPeer[] = [];
  #relays = relays.map(({ name, url }) => ({ name, url: name === "main" ? "" : url }));

  constructor() {
    this.client = new RelayClient({
      urlOf: ({ url }) => (url === "" ? main.url : url),
      sign: (message) => sign(null, message, this.#keys.privateKey),
      onPacket: (from, bytes) => {
        this.received.push([from, Uint8Array.from(bytes)]);
        this.onPacket();
      },
      onState: (isUp) => void this.states.push(isUp),
      onChoice: () => undefined,
      onDistances: () => undefined,
      devices: {
        selfId: this.id,
        now: Date.now,
        distanceTo: () => ({ rttMs: 2, samples: 8 }),
        isAddressOf: () => true,
        isDoubtful: () => this.isDoubtful,
        onTraffic: () => undefined,
        sendDatagram: (_, to, bytes) =>
          void devices.find(({ endpoint }) => endpoint.port === to.port)?.client.onDatagram(this.endpoint, bytes),
        requestLanes: (request) => void this.requested.push(request),
      },
      log: newLog(() => undefined, "error", Date.now),
    });
    this.#tell();
    devices.push(this);
  }

  take(peers: readonly Device[], lifetimeMs = 5 * MINUTE_MS): void {
    const ticket = issueTicket(relayKeys.privateKey, {
      expiresAt: Date.now() + lifetimeMs,
      deviceId: this.id,
      teamId: TEAM,
      identityKey: fromBase64Url(String(this.#keys.publicKey.export({ format: "jwk" }).x))!,
      peers: peers.map(({ id }) => id),
    });
    this.client.setTicket(ticket);
  }

  /** What the netmap says of the peer. */
  hears(
    peer: Device,
    rtts: Readonly<Record<string, number>>,
    others: readonly NetmapPeer[] = [],
    more: Partial<NetmapPeer> = {},
  ): void {
    const distances: RelayDistance[] = Object.entries(rtts).map(([relay, rttMs]) => ({ relay, rttMs }));
    this.#peers = [{ ...PEER, id: peer.id, relays: distances, ...more }, ...others];
    this.#tell();
  }

  hasOnly(...names: string[]): void {
    this.#relays = this.#relays.filter(({ name }) => names.includes(name));
    this.#tell();
  }

  #tell(): void {
    this.client.setNetmap({ relays: this.#relays, peers: this.#peers });
  }
}

const PEER = {
  name: "peer",
  nodeKey: "",
  addresses: [],
  online: true,
  candidates: [],
  natProfile: null,
  probeEpoch: null,
};

function pair(): [Device, Device] {
  return [new Device(), new Device()];
}

function bothKnow(a: Device, b: Device): void {
  a.take([b]);
  b.take([a]);
}

async function bothUp(a: Device, b: Device): Promise<void> {
  await expect.poll(() => a.client.isUp && b.client.isUp, { timeout: 5_000 }).toBe(true);
}

/** Shaped like a WireGuard message of that type. */
function packet(type: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(type === 1 ? 148 : 64).fill(mark);
  bytes.set([type, 0, 0, 0]);
  return bytes;
}

/** In the netmap of devices made from now on. */
async function startRelay(name: string, callsItself = name): Promise<TestRelay> {
  const relay = await TestRelay.start(name, {
    publicKey: relayKeys.publicKey,
    callsItself: name === "main" ? "" : callsItself,
  });
  relays.push(relay);
  return relay;
}

/** What is measured here is how often something happens in a time. */
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
