import { MAX_PEERS, type Netmap, type NetmapPeer } from "@pinhole/protocol/control";
import { diffFilter, type FilterRule } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import { applyDelta, applyPresence } from "./apply-delta.ts";
import { hashFilter } from "./hash-filter.ts";

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

  test("changes the filter by parts, and refuses parts of another one", () => {
    const rule = (port: number): FilterRule => ({
      src: Array.from({ length: 99 }, (_, at) => `100.64.0.${at}/32`),
      dst: ["100.64.1.1/32"],
      allow: [{ protocol: 6, ports: [port, port] }],
    });
    const filterChange = diffFilter([rule(22)], [rule(80)], hashFilter)!;
    const delta = { from: 1, revision: 2, upserted: [], removed: [A.id], filterChange };
    const changed = applyDelta({ ...netmap(1, [A]), filter: [rule(22)] }, delta);
    expect(changed).toEqual({ ok: true, value: { ...netmap(2, []), filter: [rule(80)] } });
    const other = applyDelta({ ...netmap(1, [A]), filter: [rule(443)] }, delta);
    expect(other).toEqual({ ok: false, error: "wrong-filter" });
  });

  test("where it is said who stays, all others go", () => {
    const delta = { from: 1, revision: 2, upserted: [C], removed: [], staying: [B.id] };
    expect(applyDelta(netmap(1, [A, B]), delta)).toEqual({ ok: true, value: netmap(2, [B, C]) });
    const nobody = { from: 1, revision: 2, upserted: [], removed: [], staying: [] };
    expect(applyDelta(netmap(1, [A, B]), nobody)).toEqual({ ok: true, value: netmap(2, []) });
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
