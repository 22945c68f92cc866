import type { DeviceId } from "@pinhole/protocol";
import type { Netmap } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { relayName } from "./relay-name.ts";

const RAY: DeviceId = `dev_${"0a".repeat(16)}`;
const GONE: DeviceId = `dev_${"0b".repeat(16)}`;

test("a relay has its name, a device the team's, and its id where it has just left", () => {
  const netmap: Netmap = {
    revision: 1,
    self: {
      id: `dev_${"0c".repeat(16)}`,
      name: "self",
      team: { id: `team_${"0d".repeat(16)}`, slug: "crew", name: "Crew" },
      addresses: [],
      ranges: [],
    },
    peers: [
      {
        id: RAY,
        name: "ray",
        nodeKey: "",
        addresses: [],
        online: true,
        candidates: [],
        natProfile: null,
        probeEpoch: null,
      },
    ],
    filter: [],
    relays: [],
    stun: [],
  };
  expect(relayName(netmap, "fra")).toEqual({ relay: "fra" });
  expect(relayName(netmap, RAY)).toEqual({ relay: "ray", viaDevice: RAY });
  expect(relayName(netmap, GONE)).toEqual({ relay: GONE, viaDevice: GONE });
  expect(relayName(undefined, undefined)).toEqual({});
});
