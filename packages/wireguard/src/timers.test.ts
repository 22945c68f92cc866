import { describe, expect, test } from "vitest";
import { isLater } from "./tai64n.ts";
import { count, ipv4Packet, markOf, Pair } from "./testing.ts";

const SECOND = 1_000;

describe("initiations", () => {
  test("are repeated every 5 s plus at most 333 ms, for 90 s, and then reported as failed", () => {
    const pair = new Pair();
    const sentAt: number[] = [];
    pair.loses = () => (sentAt.push(pair.now), true);
    const start = pair.now;
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    pair.deliver();
    pair.advance(89_999);
    expect(pair.a.log).not.toContain("failed");
    pair.advance(1);
    expect(pair.a.log.at(-1)).toBe("failed");
    pair.advance(600 * SECOND);

    const gaps = sentAt.slice(1).map((at, i) => at - sentAt[i]!);
    expect(sentAt[0]).toBe(start);
    expect(gaps.length).toBeGreaterThanOrEqual(16);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_333);
    expect(new Set(gaps).size).toBeGreaterThan(1);
    expect(sentAt.at(-1)! - start).toBeLessThan(90_000);
    expect(count(pair.a, "failed")).toBe(1);
    expect(pair.a.device.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  test("begin again with the next packet after they were given up, and what waited is gone", () => {
    const pair = new Pair();
    pair.loses = () => true;
    pair.a.device.send(pair.a.peer, ipv4Packet(40, 1));
    pair.advance(100 * SECOND);
    pair.loses = () => false;
    expect(pair.a.device.send(pair.a.peer, ipv4Packet(40, 2))).toBe("queued");
    pair.deliver();
    expect(pair.b.received.map(markOf)).toEqual([2]);
  });

  test("do not multiply with the packets that wait for them", () => {
    const pair = new Pair();
    for (let i = 0; i < 50; i++) pair.a.device.send(pair.a.peer, ipv4Packet(40));
    expect(pair.a.outbox).toHaveLength(1);
  });

  test("may be asked for out of turn, but not within a second", () => {
    const pair = new Pair();
    pair.loses = () => true;
    pair.a.device.initiate(pair.a.peer);
    pair.advance(300);
    pair.a.device.initiate(pair.a.peer);
    expect(count(pair.a, "send 1")).toBe(1);
    pair.advance(699);
    expect(count(pair.a, "send 1")).toBe(1);
    pair.advance(1);
    expect(count(pair.a, "send 1")).toBe(2);
    pair.advance(SECOND);
    pair.a.device.initiate(pair.a.peer);
    expect(count(pair.a, "send 1")).toBe(3);
  });

  test("bear rising stamps even when the wall clock steps back a year, or the process starts anew", () => {
    const pair = new Pair();
    pair.connect();
    const first = pair.a.stamps.sent!;
    pair.wallOffset -= 365 * 86_400_000;
    pair.advance(10 * SECOND);
    pair.connect();
    const second = pair.a.stamps.sent!;
    expect(isLater(second, first)).toBe(true);

    const restarted = new Pair({ a: { lastTimestampSent: second }, b: { lastTimestampTaken: second } });
    restarted.wallOffset = 0;
    restarted.connect();
    expect(isLater(restarted.a.stamps.sent!, second)).toBe(true);
    expect(restarted.b.peer.hasSession).toBe(true);
  });

  test("replayed are refused, now and after a restart of the responder", () => {
    const pair = new Pair();
    pair.a.device.initiate(pair.a.peer);
    const recorded = pair.a.outbox[0]!;
    pair.deliver();
    pair.now += SECOND;
    expect(pair.b.device.input(recorded, "mallory")).toBe("dropped-replay");

    const restarted = new Pair({
      a: { keys: pair.a.keys },
      b: { keys: pair.b.keys, lastTimestampTaken: pair.b.stamps.taken! },
    });
    expect(restarted.b.device.input(recorded, "mallory")).toBe("dropped-replay");
    expect(restarted.b.outbox).toEqual([]);
  });

  test("of one peer within 20 ms are dropped", () => {
    const pair = new Pair();
    pair.connect();
    const other = new Pair({ a: { keys: pair.a.keys }, b: { keys: pair.b.keys } });
    other.wallOffset = pair.wallOffset + 5_000;
    other.a.device.initiate(other.a.peer);
    const later = other.a.outbox[0]!;
    pair.now += 19;
    expect(pair.b.device.input(later, "a")).toBe("dropped-flood");
    pair.now += 1;
    expect(pair.b.device.input(later, "a")).toBe("handshake");
  });
});

describe("keepalives", () => {
  test("go out 10 s after data was received, if nothing else did, and once only", () => {
    const pair = new Pair().connect();
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    pair.deliver();
    pair.advance(9_999);
    expect(count(pair.b, "send 4")).toBe(0);
    pair.advance(1);
    expect(count(pair.b, "send 4")).toBe(1);
    pair.advance(60 * SECOND);
    expect(count(pair.b, "send 4")).toBe(1);
  });

  test("go out once for all data before them, and again for data after them", () => {
    const pair = new Pair().connect();
    for (const expected of [0, 0, 0, 1]) {
      pair.a.device.send(pair.a.peer, ipv4Packet(40));
      pair.deliver();
      expect(count(pair.b, "send 4")).toBe(expected);
      pair.advance(4 * SECOND);
    }
    pair.advance(30 * SECOND);
    expect(count(pair.b, "send 4")).toBe(2);
  });

  test("do not go out when data went back", () => {
    const pair = new Pair().connect();
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    pair.deliver();
    pair.b.device.send(pair.b.peer, ipv4Packet(40));
    pair.deliver();
    pair.advance(30 * SECOND);
    expect(count(pair.b, "send 4")).toBe(1);
  });

  test("are not answered by keepalives", () => {
    const pair = new Pair().connect();
    pair.advance(60 * SECOND);
    expect([count(pair.a, "send 4"), count(pair.b, "send 4")]).toEqual([1, 0]); // the confirmation of the handshake
  });

  test("go out at the interval that the peer is configured with, the handshake first", () => {
    const pair = new Pair({ a: { persistentKeepaliveMs: 25 * SECOND } });
    pair.advance(0);
    expect(pair.a.peer.hasSession).toBe(true);
    pair.advance(100 * SECOND);
    expect(count(pair.a, "send 4")).toBe(1 + 4);
  });
});
