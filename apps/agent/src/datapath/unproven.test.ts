/** What a direct path may have lost follows by the relay, once, and as it was. */
import { describe, expect, test } from "vitest";
import { type Host, newPair, routeDirect, udp } from "./testing.ts";

const direct = (host: Host) => ({ socket: 0, endpoint: host.endpoint });

describe("a packet that went by the direct path", () => {
  test("and was lost arrives by the relay as soon as that is part of the route", () => {
    const { a, b } = standing();
    const arrived = b.delivered.length;
    const lost = cut(a, () => {
      a.engine.packet(udp(a, b));
      a.engine.packet(udp(a, b));
    });
    expect([lost, b.delivered.length - arrived]).toEqual([2, 0]);
    a.engine.setRoute(b.id, { relay: true, direct: direct(b) });
    expect([a.relayed, b.delivered.length - arrived]).toEqual([2, 2]);
    a.engine.setRoute(b.id, { relay: true });
    expect(a.relayed).toBe(2);
  });

  test("and had arrived is taken once", () => {
    const { a, b } = standing();
    const arrived = b.delivered.length;
    a.engine.packet(udp(a, b));
    a.engine.setRoute(b.id, { relay: true });
    expect([a.relayed, b.delivered.length - arrived]).toEqual([1, 1]);
    expect(b.drops).toEqual({ "wireguard-refused": 1 });
  });

  test("does not follow when it is proven to have arrived", () => {
    const { a, b } = standing();
    a.engine.packet(udp(a, b));
    a.engine.setProven(b.id, 1_000);
    a.advance(10);
    cut(a, () => a.engine.packet(udp(a, b)));
    a.engine.setRoute(b.id, { relay: true });
    expect(a.relayed).toBe(1);
  });

  test("does not follow after another peer has taken its place", () => {
    const { a, b } = standing();
    a.engine.packet(udp(a, b));
    a.configure([]);
    a.engine.setRoute(b.id, { relay: true });
    expect(a.relayed).toBe(0);
  });
});

/** A session, and all that set it up is proven to have arrived. */
function standing() {
  const { a, b } = newPair();
  routeDirect(a, b);
  a.engine.packet(udp(a, b));
  a.engine.setProven(b.id, 1_000);
  return { a, b };
}

/** What is sent meanwhile is lost; says how many. */
function cut(host: Host, send: () => void): number {
  const { peer, sent } = host;
  const before = sent.length;
  host.peer = undefined;
  send();
  host.peer = peer;
  return sent.length - before;
}
