import { describe, expect, test } from "vitest";
import { WireGuardDevice } from "./device.ts";
import type { PeerHandle } from "./peer-handle.ts";
import { ipv4Packet, newClient, Pair, seededRandom } from "./testing.ts";
import { generateKeyPair } from "./x25519.ts";

const SECOND = 1_000;

describe("peers", () => {
  test("of which there are many are told apart by their keys and indices", () => {
    let now = 0;
    const random = seededRandom("many");
    const server = generateKeyPair(random);
    const received: string[] = [];
    const outbox: { readonly peer: PeerHandle; readonly datagram: Uint8Array }[] = [];
    const device = new WireGuardDevice<string>({
      privateKey: server.privateKey,
      now: () => now,
      wallClock: () => now,
      randomBytes: random,
      addressOf: (host) => ({ host, port: 1 }),
      events: {
        send: (peer, datagram) => void outbox.push({ peer, datagram }),
        reply: () => {},
        receive: (peer) => void received.push(String(peer.tag)),
      },
    });
    const clients = Array.from({ length: 20 }, (_, i) => {
      const client = newClient(server.publicKey, random, () => now);
      device.addPeer({ publicKey: client.publicKey, tag: `peer ${i}` });
      return client;
    });
    now += 1_000;
    for (const client of clients) expect(device.input(client.initiate(), "x")).toBe("handshake");
    for (const { peer, datagram } of outbox.splice(0)) {
      const client = clients.find(({ publicKey }) => device.peerOf(publicKey) === peer)!;
      client.input(datagram);
    }
    for (const client of clients) for (const datagram of client.data()) device.input(datagram, "x");
    expect(received).toEqual(clients.map((_, i) => `peer ${i}`));
    expect([...device.peers()]).toHaveLength(20);
  });

  test("that are removed are heard no more", () => {
    const pair = new Pair().connect();
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    pair.b.device.removePeer(pair.b.peer);
    expect(pair.deliver()).toEqual(["dropped-unknown-index"]);
    expect(pair.b.device.send(pair.b.peer, ipv4Packet(40))).toBe("dropped-unknown-peer");
    pair.now += 2_000;
    pair.a.device.initiate(pair.a.peer);
    expect(pair.deliver()).toEqual(["dropped-unknown-peer"]);
    expect([...pair.b.device.peers()]).toEqual([]);
    pair.advance(600 * SECOND);
    expect(pair.b.device.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  test("may be removed by what they send", () => {
    for (const event of ["authenticated", "receive", "handshakeComplete", "timestampTaken", "send"]) {
      const random = seededRandom(event);
      const keys = generateKeyPair(random);
      const pair = new Pair({ seed: event });
      const device = new WireGuardDevice<string>({
        privateKey: keys.privateKey,
        now: () => pair.now,
        wallClock: () => pair.now,
        randomBytes: random,
        addressOf: (host) => ({ host, port: 1 }),
        events: {
          send: (peer, datagram) => (event === "send" ? device.removePeer(peer) : void answers.push(datagram)),
          reply: () => {},
          receive: (peer) => event === "receive" && device.removePeer(peer),
          authenticated: (peer) => event === "authenticated" && device.removePeer(peer),
          handshakeComplete: (peer) => event === "handshakeComplete" && device.removePeer(peer),
          timestampTaken: (peer) => event === "timestampTaken" && device.removePeer(peer),
        },
      });
      const answers: Uint8Array[] = [];
      const client = newClient(keys.publicKey, random, () => pair.now);
      device.addPeer({ publicKey: client.publicKey });
      pair.now += 1_000;
      expect(device.input(client.initiate(), "x")).toBe("handshake");
      for (const answer of answers) client.input(answer);
      for (const datagram of client.data()) device.input(datagram, "x");
      expect([...device.peers()], event).toEqual([]);
      expect(
        client.indices().some((index) => device.hasIndex(index)),
        event,
      ).toBe(false);
    }
  });

  test("cannot be added twice, nor be ourselves, nor have a weak key", () => {
    const pair = new Pair();
    const { device, keys } = pair.a;
    expect(device.addPeer({ publicKey: pair.b.keys.publicKey })).toEqual({ ok: false, error: "duplicate-key" });
    expect(device.addPeer({ publicKey: keys.publicKey })).toEqual({ ok: false, error: "own-key" });
    expect(device.addPeer({ publicKey: new Uint8Array(32) })).toEqual({ ok: false, error: "weak-key" });
    expect(() => device.addPeer({ publicKey: new Uint8Array(31) })).toThrow(RangeError);
  });
});

describe("receiver indices", () => {
  test("keep clear of those that others on the socket answer to", () => {
    const refused = new Set<number>();
    const pair = new Pair({
      a: { isIndexTaken: (index) => refused.size < 3 && Boolean(refused.add(index)) },
    });
    pair.a.device.initiate(pair.a.peer);
    const datagram = pair.a.outbox.shift()!;
    const index = new DataView(datagram.buffer, datagram.byteOffset).getUint32(4, true);
    expect(refused.size).toBe(3);
    expect(refused.has(index)).toBe(false);
    expect(pair.a.device.hasIndex(index)).toBe(true);
    for (const other of refused) expect(pair.a.device.hasIndex(other)).toBe(false);
  });
});

test("packets that no datagram could carry, and empty ones, are refused", () => {
  const pair = new Pair().connect();
  expect(pair.a.device.send(pair.a.peer, new Uint8Array())).toBe("dropped-length");
  expect(pair.a.device.send(pair.a.peer, new Uint8Array(65_473))).toBe("dropped-length");
  expect(pair.a.device.send(pair.a.peer, ipv4Packet(65_472))).toBe("sent");
  expect(pair.a.outbox[0]!.length).toBeLessThanOrEqual(65_507);
  expect(pair.deliver()).toEqual(["data"]);
});
