import { randomBytes } from "node:crypto";
import { formatEndpoint } from "@pinhole/protocol/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Route } from "./contract.ts";
import { echoSequence, isEchoReply, newEchoRequest } from "./packet/icmp-echo.ts";
import { InnerPacket } from "./packet/inner-packet.ts";
import { Random, randomPacket } from "./packet/random-packet.ts";
import { buildReference, buildUnfinished, segmentReference } from "./packet/reference-packet.ts";
import { buildPacket, streamOf } from "./packet/testing.ts";
import { Segmentation, VirtioHeader } from "./packet/virtio-header.ts";
import { Host, newKey, newPair, peerOf, RELAY, routeDirect, routeRelay, udp } from "./testing.ts";

const TCP = {
  kind: "tcp",
  sequence: 0xffffff00,
  acknowledgement: 2,
  flags: 0x18,
  window: 3,
  urgent: 0,
  options: [],
} as const;

describe("a packet of the host", () => {
  test("reaches the other host over the route, once the handshake is done", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    const packet = udp(a, b);
    a.engine.packet(packet);
    expect(b.delivered).toEqual([packet]);
    expect(a.drops).toEqual({});
    expect(a.sentTo).toContain(formatEndpoint(b.endpoint));
    expect(a.relayed + b.relayed).toBe(0);
  });

  test.each(["direct", "relay"] as const)("that stands for many arrives as those, over %s", (way) => {
    const { a, b } = newPair();
    if (way === "direct") routeDirect(a, b);
    else routeRelay(a, b);
    const source = [100, 90, 0, 1];
    const packet = {
      ...randomPacket(new Random(1), 1),
      family: 4,
      source,
      destination: [100, 90, 0, 2],
      transport: TCP,
    } as const;
    const whole = { ...packet, payload: Array.from({ length: 3_000 }, (_, at) => at % 256) };
    const offload = Object.assign(new VirtioHeader(), { segmentation: Segmentation.tcp4, segmentBytes: 1_000 });
    a.engine.packet(buildUnfinished(whole), offload);
    expect(b.delivered).toEqual(segmentReference(whole, 1_000).map(buildReference));
    offload.segmentBytes = 0;
    a.engine.packet(buildUnfinished(whole), offload);
    expect(a.drops).toEqual({ "bad-offload": 1 });
  });

  test("goes over the relay where that is the route", () => {
    const { a, b } = newPair();
    routeRelay(a, b);
    a.engine.packet(udp(a, b));
    expect(b.delivered).toHaveLength(1);
    expect([...a.sentTo, ...b.sentTo]).toEqual([]);
  });

  test.each(["direct", "relay"] as const)("is counted sealed, over %s, at both ends", (way) => {
    const { a, b } = newPair();
    if (way === "direct") routeDirect(a, b);
    else routeRelay(a, b);
    a.engine.packet(udp(a, b));
    const kind = way === "direct" ? "direct_ipv4" : "relay";
    // The initiation and the packet, whose padding ends at 48 bytes, and the response.
    const byLength = (host: Host) => host.crossed.toSorted(([, one], [, other]) => one - other);
    expect(byLength(a)).toEqual([
      [kind, 80, true],
      [kind, 92, false],
      [kind, 148, true],
    ]);
    expect(byLength(b)).toEqual(byLength(a).map(([, bytes, isOutbound]) => [kind, bytes, !isOutbound]));
  });

  test("is not counted when it is refused", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    b.engine.datagram(
      { socket: 0, endpoint: a.endpoint },
      Uint8Array.from({ length: 148 }, (_, at) => Number(at === 0)),
    );
    expect(b.crossed).toEqual([]);
  });

  test("arrives once when it is sent both ways", () => {
    const { a, b } = newPair();
    const both = (to: Host): Route => ({ relay: true, direct: { socket: 0, endpoint: to.endpoint } });
    a.engine.setRoute(b.id, both(b));
    b.engine.setRoute(a.id, both(a));
    for (let count = 0; count < 5; count++) a.engine.packet(udp(a, b));
    expect(b.delivered).toHaveLength(5);
  });

  test("waits for a route, and leaves as soon as there is one", () => {
    const { a, b } = newPair();
    a.engine.packet(udp(a, b));
    expect(a.drops).toEqual({ "no-route": 1 });
    b.engine.setRoute(a.id, RELAY);
    a.advance(1_100);
    a.engine.setRoute(b.id, RELAY);
    expect(b.delivered).toHaveLength(1);
  });

  test.each([
    ["to nobody's address", { source: "100.90.0.1", destination: "100.90.0.9", protocol: 17 }, "no-peer"],
    [
      "from an address that is not ours",
      { source: "192.168.1.5", destination: "100.90.0.2", protocol: 17 },
      "foreign-source",
    ],
    ["to a group", { source: "100.90.0.1", destination: "224.0.0.251", protocol: 17 }, "multicast"],
  ] as const)("%s is dropped and counted", (_, shape, reason) => {
    const { a, b } = newPair();
    routeDirect(a, b);
    a.engine.packet(buildPacket(shape));
    expect(a.drops).toEqual({ [reason]: 1 });
    expect(a.sentTo).toEqual([]);
  });

  test("to a peer that was removed goes nowhere", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    a.engine.packet(udp(a, b));
    a.configure([]);
    a.engine.packet(udp(a, b));
    expect(a.drops).toEqual({ "no-peer": 1 });
    expect(b.delivered).toHaveLength(1);
  });
});

describe("a route", () => {
  // Whoever records an initiation could otherwise aim our answers at somebody else.
  test("is never moved, nor left, for an answer to an initiation", () => {
    const { a, b } = newPair();
    a.engine.setRoute(b.id, { relay: false, direct: { socket: 0, endpoint: b.endpoint } });
    b.engine.setRoute(a.id, RELAY);
    a.engine.packet(udp(a, b));
    expect(b.sentTo).toEqual([]);
    expect(b.relayed).toBeGreaterThan(0);
    expect(b.delivered).toHaveLength(1);
  });

  test("is kept when it is told before the peer, and when the peer's key changes", () => {
    const { a, b } = newPair();
    a.configure([]);
    routeDirect(a, b);
    a.configure([{ ...peerOf(b), nodeKey: newKey() }]);
    a.configure([peerOf(b)]);
    a.engine.packet(udp(a, b));
    expect(b.delivered).toHaveLength(1);
  });

  test("that does not exist yields no answer to an unverified endpoint", () => {
    const { a, b } = newPair();
    a.engine.setRoute(b.id, { relay: false, direct: { socket: 0, endpoint: b.endpoint } });
    a.engine.packet(udp(a, b));
    expect(b.sentTo).toEqual([]);
    expect(b.relayed).toBe(0);
    expect(b.drops).toEqual({ "no-route": 1 });
  });

  test("that does not exist yields an answer over the relay to what came over the relay", () => {
    const { a, b } = newPair();
    a.engine.setRoute(b.id, RELAY);
    a.engine.packet(udp(a, b));
    expect(b.relayed).toBeGreaterThan(0);
    expect(b.delivered).toHaveLength(1);
  });
});

describe("a packet of a peer", () => {
  // A peer's own agent would send none of these: it has been told that all of it is as it should be.
  test.each([
    [
      "with another peer's source",
      { self: ["100.90.0.1", "100.90.0.3"], other: "100.90.0.2", source: "100.90.0.3" },
      "spoofed-source",
    ],
    ["with our own source", { self: ["100.90.0.2"], other: "100.90.0.9", source: "100.90.0.2" }, "own-source"],
    ["for somebody else", { self: ["100.90.0.1"], other: "100.90.0.9", source: "100.90.0.1" }, "foreign-destination"],
  ])("%s is not delivered", (_, { self, other, source }, reason) => {
    const { a, b } = newPair();
    routeDirect(a, b);
    a.configure([peerOf(b, [other])], { self });
    a.engine.packet(buildPacket({ source, destination: other, protocol: 17 }));
    expect(b.delivered).toEqual([]);
    expect(b.drops).toEqual({ [reason]: 1 });
  });

  test("without an interface is counted, but its echo is answered", () => {
    const { a, b } = newPair({ b: { hasInterface: false } });
    routeDirect(a, b);
    a.engine.packet(udp(a, b));
    expect(b.drops).toEqual({ "no-interface": 1 });
    a.engine.packet(
      newEchoRequest({
        source: a.address,
        destination: b.address,
        identifier: 5,
        sequence: 6,
        payload: new Uint8Array(9),
      }),
    );
    const reply = new InnerPacket();
    expect(reply.read(a.delivered[0]!)).toBeUndefined();
    expect([isEchoReply(reply), reply.srcPort, echoSequence(reply)]).toEqual([true, 5, 6]);
  });

  test("over the relay must be WireGuard's, and of somebody that we know", () => {
    const { a, b } = newPair();
    a.engine.relayInput(b.id, randomBytes(64));
    a.engine.relayInput(`dev_${"9".repeat(32)}`, randomBytes(64));
    expect(a.drops).toEqual({ "relay-not-wireguard": 1, "relay-unknown-peer": 1 });
  });
});

describe("the main thread hears", () => {
  test("of STUN and probes, and of nothing else on the socket", () => {
    const { a, b } = newPair();
    const probe = Buffer.concat([Uint8Array.of(4, 0, 0, 0, 1, 2, 3, 4), randomBytes(40)]);
    const via = { socket: 0, endpoint: b.endpoint };
    a.engine.datagram(via, probe);
    a.engine.datagram(via, Buffer.concat([Uint8Array.of(4, 0, 0, 0, 1, 2, 3, 4), randomBytes(2_000)]));
    a.engine.datagram(via, Uint8Array.of(9, 9, 9, 9));
    expect(a.control).toEqual([probe]);
    expect(a.drops).toEqual({ "oversized-datagram": 1, "unknown-datagram": 1 });
  });

  test("of traffic at the first packet, and then once a second", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    for (let ms = 0; ms <= 2_000; ms += 50) {
      a.engine.packet(udp(a, b));
      a.advance(50);
    }
    expect(a.traffic).toBe(3);
  });

  test("of data that came in, once in 100 ms for each way", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    for (let ms = 0; ms < 1_000; ms += 10) {
      a.engine.packet(udp(a, b));
      if (ms === 500) routeRelay(a, b);
      a.advance(10);
    }
    expect(b.data.filter((via) => via === "relay").length).toBe(5);
    expect(b.data.filter((via) => via !== "relay").length).toBe(6);
  });

  test("of TAI64N stamps, which make a replayed initiation worthless after a restart", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    a.engine.packet(udp(a, b));
    expect(a.timestamps.at(-1)).toMatchObject({ nodeKey: b.nodeKey, sent: expect.any(String) });
    expect(b.timestamps.at(-1)).toMatchObject({ nodeKey: a.nodeKey, taken: expect.any(String) });
    const initiation = a.sent.find((datagram) => datagram[0] === 1)!;
    const restarted = new Host("b", { ...b.options, timestamps: b.timestamps, keys: b.keys });
    restarted.configure([peerOf(a)]);
    restarted.engine.setRoute(a.id, RELAY);
    restarted.engine.datagram({ socket: 0, endpoint: a.endpoint }, initiation);
    expect(restarted.relayed).toBe(0);
    expect(restarted.drops).toEqual({ "wireguard-refused": 1 });
  });

  test.each([
    ["an address that is our own", (a: Host, b: Host) => [peerOf(b, [a.address])], "belongs to another device"],
    ["our own key", (a: Host, b: Host) => [{ ...peerOf(b), nodeKey: a.nodeKey }], "this device's own key"],
    ["no key at all", (_: Host, b: Host) => [{ ...peerOf(b), nodeKey: "AAAA" }], "is no WireGuard key"],
    [
      "the address of another peer",
      (a: Host, b: Host) => [peerOf(b), { ...peerOf(a, [b.address]), nodeKey: newKey() }],
      "belongs to another device",
    ],
  ])("of a peer with %s", (_, peers, words) => {
    const { a, b } = newPair();
    a.configure(peers(a, b));
    expect(a.refusals.join("\n")).toContain(words);
  });

  // Else a dashboard that was broken into could have one device speak as this machine's router.
  test("of a peer with an address outside of any overlay are not the peer's", () => {
    const { a, b } = newPair();
    a.configure([peerOf(b, [b.address, "192.168.1.1"])]);
    a.engine.packet(buildPacket({ source: a.address, destination: "192.168.1.1", protocol: 17 }));
    expect(a.drops).toEqual({ "no-peer": 1 });
  });
});

describe("the next piece of a stream that passed", () => {
  test("passes as it did, for as long as the policy is the same", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    const [first, second, third] = streamOf(a.address, b.address);
    a.engine.packet(first);
    a.engine.packet(second);
    expect(b.delivered).toEqual([first, second]);
    b.configure([peerOf(a)], { filter: [] });
    a.engine.packet(third);
    expect(b.delivered).toEqual([first, second]);
    expect(b.drops).toEqual({ policy: 1 });
  });
});

describe("a ping of ours", () => {
  test("is answered inside the tunnel, and tells the way", async () => {
    const { a, b } = newPair({ b: { hasInterface: false } });
    routeRelay(a, b);
    a.engine.ping({ ping: 1, peerId: b.id, seq: 1, timeoutMs: 100 });
    routeDirect(a, b);
    a.engine.ping({ ping: 2, peerId: b.id, seq: 2, timeoutMs: 100 });
    expect(a.pongs).toEqual([
      [1, { rttMs: 0, via: "relay" }],
      [2, { rttMs: 0, via: b.endpoint }],
    ]);
    expect(a.delivered).toEqual([]);
  });

  test("times out, and a late or forged reply is nothing", () => {
    const { a, b } = newPair();
    a.engine.ping({ ping: 1, peerId: b.id, seq: 1, timeoutMs: 100 });
    expect(a.engine.turn()).toBeLessThanOrEqual(100);
    a.advance(100);
    expect(a.pongs).toEqual([[1, "timeout"]]);
    a.engine.ping({ ping: 2, peerId: `dev_${"9".repeat(32)}`, seq: 1, timeoutMs: 100 });
    expect(a.pongs.at(-1)).toEqual([2, "timeout"]);
  });

  test("leaves the host's own pings alone", () => {
    const { a, b } = newPair({ b: { hasInterface: false } });
    routeDirect(a, b);
    const request = { source: a.address, destination: b.address, identifier: 1, sequence: 1 };
    a.engine.ping({ ping: 1, peerId: b.id, seq: 1, timeoutMs: 1_000 });
    a.engine.packet(newEchoRequest({ ...request, payload: new Uint8Array(56) }));
    a.engine.packet(newEchoRequest({ ...request, payload: new Uint8Array(3) }));
    expect(a.delivered).toHaveLength(2);
    expect(a.pongs).toHaveLength(1);
  });
});

test("whatever arrives from strangers, nothing is delivered or thrown, and nothing answered but with a cookie", () => {
  const { a, b } = newPair();
  routeDirect(a, b);
  a.engine.packet(udp(a, b));
  const recorded = [...a.sent];
  const [sent, delivered] = [b.sent.length, b.delivered.length];
  const stranger = { socket: 0, endpoint: { address: "203.0.113.66", port: 6_666 } };
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.uint8Array({ maxLength: 200 }),
      (which, at, flip, junk) => {
        const mutated = Uint8Array.from(recorded[which % recorded.length]!);
        mutated[at % mutated.length]! ^= flip;
        b.engine.datagram(stranger, mutated);
        b.engine.relayInput(a.id, mutated);
        b.engine.datagram(stranger, junk);
        b.engine.packet(junk);
      },
    ),
    { numRuns: 2_000 },
  );
  for (const datagram of recorded) b.engine.datagram(stranger, datagram);
  expect(b.delivered).toHaveLength(delivered);
  // A copy of an initiation, come at a time of load, may be asked to prove its address: in fewer bytes than it had.
  const answers = b.sent.slice(sent);
  expect(answers.every((datagram) => datagram[0] === 3 && datagram.length === 64)).toBe(true);
});
