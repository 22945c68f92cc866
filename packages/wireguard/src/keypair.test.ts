import { describe, expect, test } from "vitest";
import { count, ipv4Packet, markOf, Pair } from "./testing.ts";

const SECOND = 1_000;

describe("a session", () => {
  test("is rekeyed by its initiator when it sends after 120 s, without losing a packet", () => {
    const pair = new Pair().connect();
    pair.advance(119_999);
    exchange(pair);
    expect(count(pair.a, "send 1")).toBe(1);
    pair.advance(1);
    exchange(pair);
    expect(count(pair.a, "send 1")).toBe(2);
    exchange(pair);
    expect([pair.a.received.length, pair.b.received.length]).toEqual([3, 3]);
    expect(count(pair.a, "complete")).toBe(2);
    expect(count(pair.b, "complete")).toBe(2);
  });

  test("is not rekeyed by its responder", () => {
    const pair = new Pair().connect();
    pair.advance(150 * SECOND);
    pair.b.device.send(pair.b.peer, ipv4Packet(40));
    expect(count(pair.b, "send 1")).toBe(0);
  });

  // A stream that begins this late would otherwise stop dead at 180 s.
  test("that its initiator only receives in is rekeyed from 165 s on", () => {
    const pair = new Pair().connect();
    pair.advance(165 * SECOND - 1);
    pair.b.device.send(pair.b.peer, ipv4Packet(40));
    pair.deliver();
    expect(count(pair.a, "send 1")).toBe(1);
    pair.advance(1);
    pair.b.device.send(pair.b.peer, ipv4Packet(40));
    pair.deliver();
    expect(count(pair.a, "send 1")).toBe(2);
    expect(count(pair.b, "complete")).toBe(2);
    expect(pair.a.received).toHaveLength(2);
  });

  test("takes nothing and sends nothing from 180 s on", () => {
    const pair = new Pair().connect();
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    const held = pair.a.outbox.splice(0);
    pair.now += 180 * SECOND - 1;
    expect(pair.a.peer.hasSession).toBe(true);
    pair.now += 1;
    expect(pair.b.device.input(held[0]!, "a")).toBe("dropped-expired");
    expect(pair.a.peer.hasSession).toBe(false);
    expect(pair.b.device.send(pair.b.peer, ipv4Packet(40))).toBe("queued");
  });

  test("is rekeyed by whoever has sent too many messages", () => {
    const pair = new Pair({ b: { limits: { rekeyAfterMessages: 10n } } }).connect();
    pair.advance(10 * SECOND);
    for (let i = 0; i < 9; i++) pair.b.device.send(pair.b.peer, ipv4Packet(40));
    expect(count(pair.b, "send 1")).toBe(0);
    pair.b.device.send(pair.b.peer, ipv4Packet(40));
    expect(count(pair.b, "send 1")).toBe(1);
    pair.deliver();
    expect(pair.a.received).toHaveLength(10);
  });

  test("sends no message past the last number it may use", () => {
    const pair = new Pair({ a: { limits: { rejectAfterMessages: 20n } } }).connect(); // its keepalive was number 0
    const results = Array.from({ length: 20 }, () => pair.a.device.send(pair.a.peer, ipv4Packet(40)));
    expect(results.filter((result) => result === "sent")).toHaveLength(19);
    expect(results.at(-1)).toBe("queued");
  });

  test("takes no message past the last number it may have", () => {
    const pair = new Pair({ b: { limits: { rejectAfterMessages: 20n } } }).connect();
    for (let i = 0; i < 20; i++) pair.a.device.send(pair.a.peer, ipv4Packet(40));
    const results = pair.deliver();
    expect(results.filter((result) => result === "data")).toHaveLength(19);
    expect(results.at(-1)).toBe("dropped-expired");
  });

  test("gives way to a new one when data goes out for 15 s and nothing comes back", () => {
    const pair = new Pair().connect();
    pair.advance(60 * SECOND);
    pair.loses = () => true;
    for (let i = 0; i < 3; i++) {
      pair.a.device.send(pair.a.peer, ipv4Packet(40));
      pair.advance(4 * SECOND);
    }
    pair.advance(3 * SECOND - 1);
    expect(count(pair.a, "send 1")).toBe(1);
    pair.advance(334);
    expect(count(pair.a, "send 1")).toBe(2);
  });

  test("is forgotten after three times its life, its index with it", () => {
    const taken = new Set<number>();
    const pair = new Pair({ b: { isIndexTaken: (index) => (taken.add(index), false) } }).connect();
    const [index] = taken;
    pair.a.device.send(pair.a.peer, ipv4Packet(40));
    const held = pair.a.outbox.splice(0);
    pair.loses = () => true;
    pair.advance(540 * SECOND - 1);
    expect(pair.b.device.hasIndex(index!)).toBe(true);
    pair.advance(1);
    expect(pair.b.device.hasIndex(index!)).toBe(false);
    expect(pair.b.device.input(held[0]!, "a")).toBe("dropped-unknown-index");
  });

  test("still takes what was sent in the one before it", () => {
    const pair = new Pair().connect();
    pair.a.device.send(pair.a.peer, ipv4Packet(40, 1));
    const held = pair.a.outbox.splice(0);
    pair.advance(5 * SECOND);
    pair.connect();
    expect(pair.b.device.input(held[0]!, "a")).toBe("data");
    expect(pair.b.device.input(held[0]!, "a")).toBe("dropped-replay");
  });

  test("keeps going in the old keys while the peer's rekey is unconfirmed", () => {
    const pair = new Pair().connect();
    pair.advance(5 * SECOND);
    pair.a.device.initiate(pair.a.peer);
    pair.b.device.input(pair.a.outbox.shift()!, "a");
    pair.b.outbox.length = 0; // the response is lost
    expect(pair.b.device.send(pair.b.peer, ipv4Packet(40, 9))).toBe("sent");
    pair.deliver();
    expect(pair.a.received.map(markOf)).toEqual([9]);
  });
});

function exchange(pair: Pair): void {
  pair.a.device.send(pair.a.peer, ipv4Packet(40));
  pair.b.device.send(pair.b.peer, ipv4Packet(40));
  pair.deliver();
}
