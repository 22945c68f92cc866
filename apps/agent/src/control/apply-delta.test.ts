import { MAX_PEERS, type Netmap, type NetmapPeer } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import { applyDelta, applyPresence } from "./apply-delta.ts";

const A = peer("dev_0000000000000000000000000000000a", "a");
const B = peer("dev_0000000000000000000000000000000b", "b");
const C = peer("dev_0000000000000000000000000000000c", "c");

describe("applyDelta", () => {
  test("adds, replaces and removes peers and takes the revision", () => {
    const renamed = { ...B, name: "b2" };
    const next = applyDelta(netmap(7, [A, B]), { from: 7, revision: 9, upserted: [renamed, C], removed: [A.id] });
    expect(next).toEqual({ ok: true, value: netmap(9, [renamed, C]) });
  });

  test("replaces the filter only where the change brings one", () => {
    const rule = { src: ["*"], dst: ["*"], allow: [{ protocol: null }] };
    const kept = applyDelta(netmap(1, [A]), { from: 1, revision: 2, upserted: [], removed: [] });
    const replaced = applyDelta(netmap(1, [A]), { from: 1, revision: 2, upserted: [], removed: [], filter: [rule] });
    expect(kept.ok && kept.value.filter).toEqual([]);
    expect(replaced.ok && replaced.value.filter).toEqual([rule]);
  });

  test("refuses a change for another revision", () => {
    expect(applyDelta(netmap(6, [A]), { from: 7, revision: 8, upserted: [], removed: [A.id] })).toEqual({
      ok: false,
      error: "wrong-base",
    });
  });
});

test("changes that are small each cannot add up to more peers than a netmap may have", () => {
  const id = (n: number): NetmapPeer["id"] => `dev_${n.toString(16).padStart(32, "0")}`;
  const full = Array.from({ length: MAX_PEERS }, (_, n) => peer(id(n + 100), `p${n}`));
  expect(applyDelta(netmap(1, full), { from: 1, revision: 2, upserted: [A], removed: [] })).toEqual({
    ok: false,
    error: "too-many-peers",
  });
});

describe("applyPresence", () => {
  test("changes the named peers alone", () => {
    const next = applyPresence(netmap(1, [A, { ...B, online: true }, { ...C, online: true }]), {
      kind: "presence",
      all: false,
      online: [A.id],
      offline: [B.id],
    });
    expect(next.peers.map(({ online }) => online)).toEqual([true, false, true]);
  });

  test("a whole list takes everybody else offline", () => {
    const next = applyPresence(netmap(1, [A, { ...B, online: true }]), {
      kind: "presence",
      all: true,
      online: [A.id],
      offline: [],
    });
    expect(next.peers.map(({ online }) => online)).toEqual([true, false]);
  });
});

function peer(id: NetmapPeer["id"], name: string): NetmapPeer {
  return {
    id,
    name,
    nodeKey: "A".repeat(43),
    addresses: [],
    online: false,
    candidates: [],
    natProfile: null,
    probeEpoch: null,
  };
}

function netmap(revision: number, peers: NetmapPeer[]): Netmap {
  const team = { id: "team_00000000000000000000000000000001", slug: "acme", name: "Acme" } as const;
  return {
    revision,
    self: { id: "dev_00000000000000000000000000000001", name: "self", team, addresses: [], ranges: [] },
    peers,
    filter: [],
    relays: [],
    stun: [],
  };
}
