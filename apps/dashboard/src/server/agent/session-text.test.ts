import type { NetmapPeer, SessionEvent } from "@pinhole/protocol/control";
import type { FilterRule } from "@pinhole/protocol/policy";
import { expect, test } from "vitest";
import { sessionEncoder } from "./session-text.ts";

const peer = (name: string): NetmapPeer => ({
  id: "dev_00112233445566778899aabbccddeeff",
  name,
  nodeKey: "A".repeat(43),
  addresses: ["100.70.0.2", "fd12::2"],
  online: true,
  candidates: [{ kind: "host", endpoint: "192.168.1.7:41000" }],
  natProfile: null,
  probeEpoch: null,
});
const src = ["100.70.0.2/32", "fd12::2/128"];
const filter: FilterRule[] = [
  { src, dst: ["100.70.0.1/32"], allow: [{ protocol: 6, ports: [22, 22] }] },
  { src, dst: ["100.70.0.1/32"], allow: [{ protocol: null }], until: 1_767_323_045_000 },
];
const self = {
  id: "dev_00000000000000000000000000000001",
  // Names are what others type: one that looks like the encoder's own words is a name.
  name: '"@event@" $& $1 \u2028',
  team: { id: "team_00000000000000000000000000000001", slug: "t", name: '"@event@"' },
  addresses: [],
  ranges: [],
} as const;
const peers = [peer("a"), peer('b"@event@"$&'), peer("ä\u0000")];

const EVENTS: Record<string, SessionEvent> = {
  "a whole map": {
    kind: "netmap",
    netmap: { revision: 7, self: { ...self, addresses: [], ranges: [] }, peers, filter, relays: [], stun: [":3478"] },
  },
  "an empty map": {
    kind: "netmap",
    netmap: { revision: 0, self: { ...self, addresses: [], ranges: [] }, peers: [], filter: [], relays: [], stun: [] },
  },
  "a change": { kind: "delta", delta: { from: 1, revision: 2, upserted: peers, removed: [peers[0]!.id], filter } },
  "a change of a part of a filter": {
    kind: "delta",
    delta: {
      from: 1,
      revision: 2,
      upserted: [],
      removed: [],
      filterChange: { from: "a", to: "b", rules: [{ ...filter[1]!, of: 0, src: [src[0]!, [1, 1]] }] },
    },
  },
  "a change without a filter": { kind: "delta", delta: { from: 1, revision: 2, upserted: [], removed: [] } },
  "a change with an undefined one": {
    kind: "delta",
    delta: { from: 1, revision: 2, upserted: [], removed: [], filter: undefined, self: undefined },
  },
  presence: { kind: "presence", all: true, online: [peers[0]!.id], offline: [] },
};

test.each(Object.keys(EVENTS))("%s is the JSON that it is", (name) => {
  for (const message of [
    { id: 3, jsonrpc: undefined, result: { type: "data", data: EVENTS[name] } },
    { id: "@event@", jsonrpc: "2.0", result: { type: "data", data: EVENTS[name] } },
  ]) {
    // Twice: the second time from what the first one has kept.
    for (let turn = 0; turn < 2; turn++)
      expect(JSON.parse(sessionEncoder.encode(message))).toEqual(JSON.parse(JSON.stringify(message)));
  }
});

test.each([
  [{ id: null, result: { type: "started" } }],
  [{ id: 1, error: { message: "no" } }],
  [{ id: 1, result: { type: "data", data: null } }],
  [{ id: 1, result: { type: "data", data: [{ kind: "netmap" }] } }],
])("%j is left alone", (message) => {
  expect(sessionEncoder.encode(message)).toBe(JSON.stringify(message));
  expect(sessionEncoder.decode(JSON.stringify(message))).toEqual(message);
});
