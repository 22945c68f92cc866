/** A NAT's patience is learnt on spare bindings, with few packets, and paths are kept by it. */
import { CLASSIC_NATS, NAT_CLASSES, type NatOptions, SimNetwork } from "@pinhole/natsim";
import { describe, expect, test } from "vitest";
import { newTwoAgents, type TwoAgents } from "../testing/index.ts";
import { addStunServer, ProfilerHost } from "./profiler-host.ts";

const EIM = CLASSIC_NATS["EI-RD-PD"];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the lifetime of a silent binding", () => {
  test.each([
    { assuredMs: 20_000, least: 15_000 },
    { assuredMs: 30_500, least: 28_000 },
    { assuredMs: 65_000, least: 58_000 },
    { assuredMs: 121_000, least: 115_000 },
    { assuredMs: 185_000, least: 170_000 },
    { assuredMs: 600_000, least: 240_000 },
  ])("of $assuredMs ms is learnt", ({ assuredMs, least }) => {
    for (const nat of [EIM, NAT_CLASSES.R, NAT_CLASSES.E3]) {
      const { profiler } = learnt({ ...nat, timeouts: { unrepliedMs: 30_000, assuredMs } });
      expect(profiler.profile?.lifetimeMs).toBeLessThanOrEqual(assuredMs);
      expect(profiler.profile?.lifetimeMs).toBeGreaterThanOrEqual(least);
    }
  });

  test("is the same where packets are lost now and then", () => {
    const timeouts = { unrepliedMs: 30_000, assuredMs: 65_000 };
    for (let seed = 1; seed <= 5; seed++) {
      const { profiler } = learnt({ ...EIM, timeouts }, { seed, loss: 0.05 });
      expect(profiler.profile?.lifetimeMs).toBeGreaterThanOrEqual(58_000);
      expect(profiler.profile?.lifetimeMs).toBeLessThanOrEqual(65_000);
    }
  });

  test("costs few packets, a handful an hour once it is known, and no socket", () => {
    const host = learnt({ ...EIM, timeouts: { unrepliedMs: 30_000, assuredMs: 65_000 } });
    const isMeasuring = (at: number): boolean =>
      host.profiles.some((profile) => at <= profile.at && at > profile.at - 1_000);
    // What the main socket asks to be answered elsewhere is shorter than what it asks for itself.
    const spent = host.sent.filter(({ at, socket, bytes }) => !isMeasuring(at) && (socket !== 0 || bytes < 52));
    expect(spent.length).toBeLessThanOrEqual(30);
    expect(spent.filter(({ at }) => at > 0.5 * HOUR_MS).length).toBeLessThanOrEqual(6);
    expect(host.openSockets).toBe(1);
  });

  test("is not guessed where the server does not answer elsewhere, or is away", () => {
    const host = newHost(EIM);
    host.measured();
    host.network.internet.blackhole = () => true;
    host.network.time.run(30 * MINUTE_MS);
    expect(host.profiler.profile?.lifetimeMs).toBeUndefined();
  });

  test("is of one network", () => {
    const host = learnt({ ...EIM, timeouts: { unrepliedMs: 30_000, assuredMs: 65_000 } });
    expect(host.profiler.profile?.lifetimeMs).toBeDefined();
    host.tell((profiler) => profiler.onNetworkChange());
    expect(host.measured().lifetimeMs).toBeUndefined();
  });
});

describe("two agents behind NATs", () => {
  test("that are patient keep their path with far fewer packets", () => {
    const nat = { ...EIM, timeouts: { unrepliedMs: 30_000, assuredMs: 310_000 } };
    const { time, a, b } = newTwoAgents({ nats: [nat, nat], measures: true });
    talk({ a, b }, 30 * MINUTE_MS);
    time.run(31 * MINUTE_MS);
    expect([a.measured?.lifetimeMs, b.measured?.lifetimeMs]).toEqual([240_000, 240_000]);
    const [probes, changes] = [a.probes.length, a.changes.length];
    time.run(HOUR_MS);
    // A ping of its own and a pong to the peer's, each two minutes.
    expect(a.probes.length - probes).toBeLessThanOrEqual(2 * 30 + 5);
    expect([a.changes.length, a.route(b.id)?.relay]).toEqual([changes, false]);
  });

  test("of which one forgets within 20 s keep theirs", () => {
    const patient = { ...EIM, timeouts: { unrepliedMs: 30_000, assuredMs: 310_000 } };
    const hasty = { ...EIM, timeouts: { unrepliedMs: 20_000, assuredMs: 20_000 } };
    const { time, a, b } = newTwoAgents({ nats: [patient, hasty], measures: true });
    talk({ a, b }, 20 * MINUTE_MS);
    time.run(21 * MINUTE_MS);
    const changes = a.changes.length;
    time.run(HOUR_MS);
    expect([a.changes.length, a.route(b.id)?.relay]).toEqual([changes, false]);
  });

  test("that become hasty lose a quiet path once and not again", () => {
    const nat = { ...EIM, timeouts: { unrepliedMs: 30_000, assuredMs: 310_000 } };
    const { time, routers, a, b } = newTwoAgents({ nats: [nat, nat], measures: true });
    talk({ a, b }, 30 * MINUTE_MS);
    time.run(31 * MINUTE_MS);
    const lossesBefore = a.changes.filter(({ state }) => state.kind !== "direct").length;
    for (let minute = 0; minute < 60; minute++) {
      // What a reboot does, at times when nobody looks.
      if (minute === 3) routers[0]!.reboot();
      time.run(MINUTE_MS);
    }
    expect(a.changes.filter(({ state }) => state.kind !== "direct").length - lossesBefore).toBeLessThanOrEqual(2);
    expect(a.route(b.id)).toMatchObject({ direct: expect.anything(), relay: false });
  });
});

function talk({ a, b }: Pick<TwoAgents, "a" | "b">, forMs: number): void {
  a.sendTraffic(b.id, { everyMs: 1_000, forMs });
  b.sendTraffic(a.id, { everyMs: 1_000, forMs });
}

function newHost(nat: NatOptions, { seed = 1, loss = 0 } = {}): ProfilerHost {
  const network = new SimNetwork({ seed });
  addStunServer(network, { delayMs: 10 });
  const line = { delayMs: 15, loss };
  const router = network.addRouter({ name: "router", line, v4: { nat, addresses: ["203.0.113.1"] } });
  return new ProfilerHost(network, {
    name: "host",
    interfaces: [{ segment: router.lan, addresses: ["192.168.1.10"] }],
  });
}

/** An hour and a half later. */
function learnt(nat: NatOptions, options: { readonly seed?: number; readonly loss?: number } = {}): ProfilerHost {
  const host = newHost(nat, options);
  host.measured();
  host.network.time.run(1.5 * HOUR_MS);
  return host;
}
