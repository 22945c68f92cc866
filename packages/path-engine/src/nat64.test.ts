/** A device on a network of IPv6 alone meets one of IPv4 alone, through its carrier's NAT64. */
import { CLASSIC_NATS, NAT_CLASSES, type NatOptions } from "@pinhole/natsim";
import { WELL_KNOWN_NAT64_PREFIX } from "@pinhole/protocol";
import { describe, expect, test } from "vitest";
import { addRouter, introduce, newWorld, SimAgent } from "./testing/index.ts";

const LINE = { delayMs: 12.5 };
const OWN_PREFIX = { address: "2001:db8:64::", length: 56 };

describe.each([
  ["the well-known prefix", WELL_KNOWN_NAT64_PREFIX],
  ["a prefix of its own", OWN_PREFIX],
])("behind a NAT64 with %s", (_, prefix) => {
  test.each(["O", "E1", "E3"] as const)("a path to a peer behind %s is direct, and is called punched", (name) => {
    const { time, a, b } = newPair({ prefix, nat64: CLASSIC_NATS["EI-RD-PD"], peer: NAT_CLASSES[name] });
    expect(a.measured).toMatchObject({
      mapping: "endpoint-independent",
      nat64Prefix: `${prefix.address}/${prefix.length}`,
      publicEndpoints: [expect.stringMatching(/^203\.0\.113\.1:/)],
    });
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      from.sendTraffic(to.id, { everyMs: 100, forMs: 5_000 });
    time.run(5_000);
    expect(a.engine.snapshot(b.id)?.path).toMatchObject({ kind: "direct", type: "punched" });
    expect(b.engine.snapshot(a.id)?.path).toMatchObject({ kind: "direct", type: "punched" });
    expect(b.engine.snapshot(a.id)?.path.endpoint).toMatch(/^203\.0\.113\.1:/);
  });
});

type Pair = { readonly prefix: typeof OWN_PREFIX; readonly nat64: NatOptions; readonly peer: NatOptions | undefined };

function newPair({ prefix, nat64, peer }: Pair) {
  const world = newWorld(1);
  const carrier = world.network.addRouter({
    name: "carrier",
    line: LINE,
    v6: { nat: NAT_CLASSES.F, prefixes: [{ address: "2001:db8:1::", length: 64 }] },
    nat64: { nat: nat64, addresses: ["203.0.113.1"], prefix },
  });
  const a = new SimAgent(world, {
    name: "a",
    places: [{ segment: carrier.lan, endpoint: { address: "2001:db8:1::2", port: 7_000 } }],
    serverDelayMs: 25,
  });
  const home = peer && addRouter(world.network, { nat: peer, address: "203.0.113.2", line: LINE });
  const place =
    home === undefined
      ? { segment: world.network.internet, line: LINE, endpoint: { address: "203.0.113.2", port: 7_000 } }
      : { segment: home.lan, endpoint: { address: "192.168.1.11", port: 7_000 } };
  const b = new SimAgent(world, { name: "b", places: [place], serverDelayMs: 25 });
  world.time.runUntilTrue(() => a.measured !== null && b.measured !== null, 5_000);
  introduce(world, [a, b]);
  return { ...world, a, b };
}
