/** NATs that a stranger's packet takes a port from are found out, and met by the peer's first packet dying before it gets there. */
import { CLASSIC_NATS, LINUX_NAT, NAT_CLASSES, type NatOptions, SimNetwork } from "@pinhole/natsim";
import { describe, expect, test } from "vitest";
import { newTwoAgents, profileOf } from "../testing/index.ts";
import { addStunServer, ProfilerHost } from "./profiler-host.ts";

const CONFIRM = { kind: "confirm", forMs: 30_000 } as const;
const EIM = CLASSIC_NATS["EI-RD-PD"];

describe("a NAT", () => {
  test.each([LINUX_NAT, EIM, CLASSIC_NATS["EI-PP-PD"], NAT_CLASSES.E2])(
    "of %j that keeps strangers' packets in mind is found out, and one that does not is cleared",
    (nat) => {
      expect(measured({ ...nat, unsolicited: CONFIRM }).isPoisoning).toBe(true);
      expect(measured(nat).isPoisoning).toBe(false);
      expect(measured({ ...nat, unsolicited: { kind: "reject" } }).isPoisoning).toBe(false);
    },
  );

  test.each(["E1", "R", "Q", "A2", "F"] as const)("of class %s is not said to do what does not show there", (name) => {
    const nat = NAT_CLASSES[name];
    expect(measured({ ...nat, unsolicited: CONFIRM }).isPoisoning).toBeUndefined();
  });

  test("is found out within the packets of a measurement", () => {
    const host = newHost({ ...EIM, unsolicited: CONFIRM });
    host.measured();
    expect(host.sent.length).toBeLessThanOrEqual(24);
  });

  test("keeps what peers are met on: the main socket's port is what it was", () => {
    const host = newHost({ ...LINUX_NAT, unsolicited: CONFIRM });
    const { publicEndpoints } = host.measured();
    host.tell((profiler) => profiler.measure());
    expect(host.measured().publicEndpoints).toEqual(publicEndpoints);
  });
});

describe("a pair of which one starts earlier than the way takes", () => {
  // One way is 25 ms; routers on the way let packets of a short life die there.
  const line = { delayMs: 12.5, hops: 3 };
  const nat = { ...LINUX_NAT, unsolicited: CONFIRM };

  test.each([-30, -35])("by %s ms is direct at once where poisoning is known, and else is not", (clockErrorMs) => {
    const known = newTwoAgents({ nats: [nat, nat], line, clockErrorMs, measures: true });
    expect([known.a.measured?.isPoisoning, known.b.measured?.isPoisoning]).toEqual([true, true]);
    expect(isDirectWithin(known, 1_000)).toBe(true);

    const blind = newTwoAgents({ nats: [nat, nat], line, clockErrorMs });
    expect(profileOf(nat).isPoisoning).toBeUndefined();
    expect(isDirectWithin(blind, 1_000)).toBe(false);
  });
});

function isDirectWithin({ time, a, b }: ReturnType<typeof newTwoAgents>, ms: number): boolean {
  a.sendTraffic(b.id, { everyMs: 100, forMs: ms });
  return time.runUntilTrue(() => a.route(b.id)?.direct !== undefined && b.route(a.id)?.direct !== undefined, ms);
}

function newHost(nat: NatOptions): ProfilerHost {
  const network = new SimNetwork({ seed: 3 });
  addStunServer(network, { delayMs: 10 });
  const line = { delayMs: 15 };
  const v4 =
    nat.mapping === "none"
      ? { nat, prefixes: [{ address: "203.0.113.1", length: 32 }] }
      : { nat, addresses: ["203.0.113.1"] };
  const router = network.addRouter({ name: "router", line, v4 });
  const address = nat.mapping === "none" ? "203.0.113.1" : "192.168.1.10";
  return new ProfilerHost(network, { name: "host", interfaces: [{ segment: router.lan, addresses: [address] }] });
}

const measured = (nat: NatOptions) => newHost(nat).measured();
