import { describe, expect, test } from "vitest";
import { mac } from "./blake2s.ts";
import { mac1Key } from "./cookie-checker.ts";
import { WireGuardDevice } from "./device.ts";
import { ipv4Packet, newClient, Pair, seededRandom } from "./testing.ts";
import { generateKeyPair } from "./x25519.ts";

const SECOND = 1_000;

describe("cookies", () => {
  test("are demanded under load before any answer, and open the door at the retry", () => {
    const pair = new Pair({ b: { isUnderLoad: () => true } });
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    const question = pair.a.outbox.shift()!;
    expect(pair.b.device.input(question, "a")).toBe("cookie-sent");
    expect(pair.b.outbox[0]!.length).toBeLessThan(question.length);
    expect(pair.a.device.input(pair.b.outbox.shift()!, "b")).toBe("cookie");
    expect(pair.b.log).toEqual(["reply 3"]);
    // Not at once: a cookie is kept for the next message, or two loaded peers would never stop.
    expect(pair.a.outbox).toEqual([]);
    pair.advance(6 * SECOND);
    expect(pair.b.received).toHaveLength(1);
  });

  test("work for a response, too", () => {
    const pair = new Pair({ a: { isUnderLoad: () => true } });
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    expect(pair.deliver()).toEqual(["handshake", "cookie-sent", "cookie"]);
    pair.advance(6 * SECOND);
    expect(pair.b.received).toHaveLength(1);
  });

  test("are bound to the address that they were sent to", () => {
    const pair = new Pair({ b: { isUnderLoad: () => true } });
    pair.a.device.initiate(pair.a.peer);
    pair.deliver();
    pair.now += 6 * SECOND;
    pair.a.device.tick();
    const initiation = pair.a.outbox.shift()!;
    expect(pair.b.device.input(initiation, "elsewhere")).toBe("cookie-sent");
    expect(pair.b.device.input(initiation, "a")).toBe("handshake");
  });

  test("are no good after 120 s, on either side", () => {
    const pair = new Pair({ b: { isUnderLoad: () => true } });
    pair.a.device.initiate(pair.a.peer);
    pair.deliver();
    pair.now += 121 * SECOND;
    pair.a.device.initiate(pair.a.peer);
    const initiation = pair.a.outbox.shift()!;
    expect(initiation.subarray(-16)).toEqual(new Uint8Array(16));
    expect(pair.b.device.input(initiation, "a")).toBe("cookie-sent");
  });

  test("are no good once their maker's secret has expired, even to who got one late", () => {
    const pair = new Pair({ b: { isUnderLoad: () => true } });
    pair.a.device.initiate(pair.a.peer);
    pair.deliver();
    pair.now += 119 * SECOND;
    pair.a.device.initiate(pair.a.peer);
    pair.a.outbox[0]!.fill(0, 132); // without its mac2, it is sent another cookie of the same secret
    expect(pair.deliver()).toEqual(["cookie-sent", "cookie"]);
    pair.now += 2 * SECOND;
    pair.a.device.initiate(pair.a.peer);
    const initiation = pair.a.outbox.shift()!;
    expect(initiation.subarray(-16)).not.toEqual(new Uint8Array(16));
    expect(pair.b.device.input(initiation, "a")).toBe("cookie-sent");
  });

  test("with any byte of mac2 wrong do not open the door under load", () => {
    const pair = new Pair({ b: { isUnderLoad: () => true } });
    pair.a.device.initiate(pair.a.peer);
    pair.deliver();
    pair.now += 6 * SECOND;
    pair.a.device.tick();
    const initiation = pair.a.outbox.shift()!;
    for (let at = 132; at < 148; at++) {
      const damaged = Uint8Array.from(initiation);
      damaged[at]! ^= 1;
      expect(pair.b.device.input(damaged, "a")).toBe("cookie-sent");
    }
    expect(pair.b.log.every((entry) => entry === "reply 3")).toBe(true);
  });

  test("replies replayed from an earlier question are refused", () => {
    const pair = new Pair({ b: { isUnderLoad: () => true } });
    pair.a.device.initiate(pair.a.peer);
    pair.b.device.input(pair.a.outbox.shift()!, "a");
    const recorded = pair.b.outbox.shift()!;
    pair.now += 6 * SECOND;
    pair.a.device.tick();
    expect(pair.a.device.input(recorded, "b")).toMatch(/^dropped-/);
  });

  test("are demanded of their own accord when handshakes come in a flood, and no longer a second after", () => {
    const { device, replies, flood } = newFloodedDevice();
    flood(127, 0);
    expect(replies).toHaveLength(0);
    flood(10, 0);
    expect(replies.length).toBeGreaterThanOrEqual(9);
    const before = replies.length;
    flood(1, 1_500);
    expect(replies).toHaveLength(before);
    expect(device.nextDeadline()).toBe(Number.POSITIVE_INFINITY); // no state was made for anybody
  });

  test("are not demanded at a pace that can be served", () => {
    const { replies, flood } = newFloodedDevice();
    for (let i = 0; i < 500; i++) flood(1, 2);
    expect(replies).toHaveLength(0);
  });
});

test("under load one host has at most 20 handshakes a second, and another is not held up by it", () => {
  let now = 0;
  const random = seededRandom("hosts");
  const server = generateKeyPair(random);
  const results: string[] = [];
  const device = new WireGuardDevice<string>({
    privateKey: server.privateKey,
    now: () => now,
    wallClock: () => now,
    randomBytes: random,
    addressOf: (host) => ({ host, port: 1 }),
    isUnderLoad: () => true,
    events: { send: () => {}, reply: (_, datagram) => void answers.push(datagram), receive: () => {} },
  });
  const answers: Uint8Array[] = [];
  const clients = Array.from({ length: 40 }, () => newClient(server.publicKey, random, () => now));
  for (const client of clients) device.addPeer({ publicKey: client.publicKey });

  // Everybody gets the cookie of the same host, as behind one NAT.
  for (const client of clients) {
    device.input(client.initiate(), "nat");
    client.input(answers.pop()!);
  }
  now += 2_000;
  for (const client of clients.slice(0, 30)) results.push(device.input(client.initiate(), "nat"));
  expect(results.filter((result) => result === "handshake")).toHaveLength(5);
  expect(results.filter((result) => result === "dropped-rate-limited")).toHaveLength(25);
  now += 100;
  expect(device.input(clients[30]!.initiate(), "nat")).toBe("handshake");
  expect(device.input(clients[31]!.initiate(), "nat")).toBe("handshake");
  expect(device.input(clients[32]!.initiate(), "nat")).toBe("dropped-rate-limited");

  const other = clients[33]!;
  device.input(other.initiate(), "elsewhere");
  other.input(answers.pop()!);
  now += 2_000;
  expect(device.input(other.initiate(), "elsewhere")).toBe("handshake");
});

/** A device that decides for itself when it is under load, and a source of worthless initiations with a right mac1. */
function newFloodedDevice() {
  let now = 0;
  const random = seededRandom("flood");
  const keys = generateKeyPair(random);
  const replies: Uint8Array[] = [];
  const device = new WireGuardDevice<string>({
    privateKey: keys.privateKey,
    now: () => now,
    wallClock: () => now,
    randomBytes: random,
    addressOf: (host) => ({ host, port: 1 }),
    events: { send: () => {}, reply: (_, datagram) => void replies.push(datagram), receive: () => {} },
  });
  const message = new Uint8Array(148);
  message[0] = 1;
  message.set(mac(mac1Key(keys.publicKey), message.subarray(0, 116)), 116);
  const flood = (count: number, afterMs: number) => {
    now += afterMs;
    for (let i = 0; i < count; i++) device.input(message, "mallory");
  };
  return { device, replies, flood };
}
