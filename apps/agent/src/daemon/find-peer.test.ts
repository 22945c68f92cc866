import type { Netmap } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { findPeer } from "./find-peer.ts";

const ID = `dev_${"0a".repeat(16)}`;
// Only the peers are looked at.
const NETMAP = { peers: [{ id: ID, name: "laptop", addresses: ["100.71.3.9", "fd00:1::9"] }] } as unknown as Netmap;

test.each(["laptop", " Laptop ", ID, ID.toUpperCase(), "100.71.3.9", "fd00:1::9", "FD00:1:0:0:0:0:0:9"])(
  "finds it by %j",
  (wanted) => {
    expect(findPeer(NETMAP, wanted)?.id).toBe(ID);
  },
);

test.each(["", "lap", "100.71.3.90", "100.71.3.09", "dev_"])("finds nobody by %j", (wanted) => {
  expect(findPeer(NETMAP, wanted)).toBeUndefined();
  expect(findPeer(undefined, wanted)).toBeUndefined();
});
