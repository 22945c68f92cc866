import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Netmap, NetmapPeer } from "@pinhole/protocol/control";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newLog } from "../log.ts";
import { StateStore } from "../state/store.ts";
import { NetmapKeeper } from "./netmap-keeper.ts";

const A = peer("a");
const B = peer("b");

let folder: string;
let store: StateStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-netmap-"));
  store = new StateStore(join(folder, "state"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("is on disk at the end, and who was online is forgotten at the next start", () => {
  const { keeper } = open();
  keeper.take({ kind: "netmap", netmap: netmap(3, [{ ...A, online: true }]) });
  keeper.close();
  const { keeper: next, seen } = open();
  expect(next.current).toEqual(netmap(3, [A]));
  expect(next.revision).toBe(3);
  expect(seen).toEqual([]);
});

// A tunnel that stands is worth more than a map that is one change behind.
test("a change that does not fit leaves the peers alone and asks for the whole", () => {
  const { keeper, seen } = open();
  keeper.take({ kind: "netmap", netmap: netmap(3, [A, B]) });
  expect(keeper.take(delta(4, 5, [A.id]))).toBe("stale");
  expect(keeper.current?.peers).toEqual([A, B]);
  expect(keeper.revision).toBeNull();
  // Nor is one that fits by chance taken before the whole has come.
  expect(keeper.take(delta(3, 4, [A.id]))).toBe("stale");
  expect(seen).toHaveLength(1);
  keeper.take({ kind: "netmap", netmap: netmap(9, [B]) });
  expect(keeper.revision).toBe(9);
  expect(keeper.take(delta(9, 10, [B.id]))).toBe("taken");
  expect(keeper.current).toEqual(netmap(10, []));
});

test("a change without a netmap is stale", () => {
  const { keeper } = open();
  expect(keeper.take(delta(0, 1, []))).toBe("stale");
});

test("presence changes the peers that it names, and is not worth a write", () => {
  const { keeper, seen } = open();
  keeper.take({ kind: "netmap", netmap: netmap(3, [A, B]) });
  keeper.close();
  const path = join(store.directory, "netmap.json");
  const before = readFileSync(path, "utf8");
  keeper.take({ kind: "presence", all: true, online: [A.id], offline: [] });
  keeper.close();
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(seen.at(-1)?.peers.map(({ online }) => online)).toEqual([true, false]);
  expect(seen.at(-1)?.peers[1]).toBe(seen[0]?.peers[1]);
});

test("a revoked device has no peers, in memory and on disk, and begins anew", () => {
  const { keeper, seen } = open();
  keeper.take({ kind: "netmap", netmap: netmap(3, [A]) });
  keeper.close();
  keeper.take({ kind: "revoked" });
  expect(seen.at(-1)).toBeUndefined();
  expect(keeper.revision).toBeNull();
  keeper.close();
  expect(store.has("netmap")).toBe(false);
});

function open() {
  const seen: (Netmap | undefined)[] = [];
  const keeper = new NetmapKeeper(
    store,
    newLog(() => undefined, "error", Date.now),
    (next) => seen.push(next),
  );
  return { keeper, seen };
}

function delta(from: number, revision: number, removed: NetmapPeer["id"][]) {
  return { kind: "delta" as const, delta: { from, revision, upserted: [], removed } };
}

function peer(name: string): NetmapPeer {
  const id = `dev_${name.repeat(32)}` as const;
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
  const self = { id: "dev_00000000000000000000000000000001", name: "self", team, addresses: [], ranges: [] } as const;
  return { revision, self: { ...self, addresses: [], ranges: [] }, peers, filter: [], relays: [], stun: [] };
}
