import { CLASSIC_NATS, LINUX_NAT, type LinkOptions, NAT_CLASSES, type NatOptions, SimNetwork } from "@pinhole/natsim";
import { formatEndpoint } from "@pinhole/protocol";
import { type NatProfile, natProfileSchema } from "@pinhole/protocol/control";
import { encodeBindingSuccess } from "@pinhole/protocol/stun";
import { describe, expect, test } from "vitest";
import { addStunServer, ProfilerHost, STUN_ADDRESSES, STUN_SERVERS } from "./profiler-host.ts";
import { MAX_PACKETS } from "./questions.ts";

const PUBLIC = "203.0.113.1";
/** One way, from the home to a server. */
const ONE_WAY_MS = 50;
const ROUND_TRIP_MS = 2 * ONE_WAY_MS;
const RANDOM = { kind: "random", first: 1_024, last: 65_535 };

describe("of the 27 classic NATs, one in five allocations another host's,", () => {
  const all = Object.entries(CLASSIC_NATS);

  test("every one is told by two rounds of questions and 24 packets", () => {
    const runs = all.flatMap(([name, nat]) => Array.from({ length: 12 }, (_, seed) => measure(name, nat, { seed })));
    const wrong = runs.filter(({ mistakes }) => mistakes.length > 0);
    expect(wrong.length / runs.length, JSON.stringify(wrong.map(({ mistakes }) => mistakes))).toBeLessThanOrEqual(0.01);
    expect(Math.max(...runs.map(({ packets }) => packets))).toBeLessThanOrEqual(MAX_PACKETS);
    // The second round ends with what is silent, which has to be waited for.
    expect(Math.max(...runs.map(({ ms }) => ms))).toBeLessThanOrEqual(3 * ROUND_TRIP_MS + 25);
    expect(Math.min(...runs.map(({ confidence }) => confidence))).toBeGreaterThan(0.85);
  });

  test("few are mistaken where one packet in twenty is lost each way, and doubt shows", () => {
    const runs = all.flatMap(([name, nat]) =>
      Array.from({ length: 12 }, (_, seed) => measure(name, nat, { seed: 100 + seed, line: { loss: 0.05 } })),
    );
    const wrong = runs.flatMap(({ mistakes }) => mistakes).filter((mistake) => !mistake.endsWith("unknown"));
    const unknown = runs.filter(({ mistakes }) => mistakes.some((mistake) => mistake.endsWith("unknown")));
    expect(wrong.length / runs.length, wrong.join()).toBeLessThanOrEqual(0.02);
    expect(unknown.length / runs.length).toBeLessThanOrEqual(0.08);
    expect(Math.max(...runs.map(({ packets }) => packets))).toBeLessThanOrEqual(MAX_PACKETS);
    for (const { mistakes, confidence } of unknown) expect(confidence, mistakes.join()).toBeLessThan(0.9);
  });
});

describe("the next port", () => {
  test.each([
    ["up by two", { kind: "sequential", step: 2 }, { kind: "sequential", step: 2 }],
    ["downwards", { kind: "sequential", step: -1 }, { kind: "sequential", step: -1 }],
    ["round the end of the range", { kind: "sequential", start: 65_532 }, { kind: "sequential", step: 1 }],
    ["of a block", { kind: "random", range: [20_480, 20_991] }, { kind: "random", first: 20_480, last: 20_991 }],
    ["of Linux's range", { kind: "random", range: [32_768, 60_999] }, { kind: "random", first: 32_768, last: 60_999 }],
  ] as const)("%s", (_, allocation, expected) => {
    const { host } = newHome({ ...NAT_CLASSES.R, allocation, background: { share: 0.2 } });
    expect(host.measured().allocation).toEqual(expected);
  });

  test("is preserved where one socket meets a port that is taken", () => {
    const { host, network } = newHome(CLASSIC_NATS["EI-PP-PD"]);
    const neighbour = network.addHost({
      name: "neighbour",
      interfaces: [{ segment: host.host.interfaces[0]!.segment, addresses: ["192.168.1.11"] }],
    });
    const { port } = host.main;
    neighbour.openSocket({ port: port }).send({ address: STUN_ADDRESSES[0], port: 9 }, new Uint8Array(1));
    network.time.run(50);
    expect(host.measured()).toMatchObject({ allocation: { kind: "preserving" }, mapping: "endpoint-independent" });
  });

  test("is random where a socket keeps its own towards the first remote only", () => {
    const nat: NatOptions = { ...CLASSIC_NATS["PD-PP-PD"], overload: false };
    expect(newHome(nat).host.measured().allocation).toEqual(RANDOM);
  });

  test("comes with the rate at which others take some", () => {
    const rates = Array.from({ length: 12 }, (_, seed) => {
      const { host } = newHome({ ...NAT_CLASSES.Q, background: { perSecond: 40 } }, { seed });
      return host.measured().arrivalsPerSecond!;
    });
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    expect(mean).toBeGreaterThan(30);
    expect(mean).toBeLessThan(50);
  });
});

describe("public addresses", () => {
  test("are all told where the NAT draws from several", () => {
    const addresses = [PUBLIC, "203.0.113.2", "203.0.113.3"];
    const { host } = newHome({ ...CLASSIC_NATS["EI-RD-PD"], pooling: "arbitrary" }, { addresses });
    const seen = host.measured().publicEndpoints.map((endpoint) => endpoint.split(":")[0]);
    expect(new Set(seen)).toEqual(new Set(addresses));
    expect(host.profiler.reflexive.map(formatEndpoint)).toEqual([host.profiles[0]!.profile.publicEndpoints[0]]);
  });

  test("show a carrier's NAT, and a router that has another one", () => {
    expect(newHome(LINUX_NAT, { addresses: ["100.64.3.4"] }).host.measured().levels).toBe("carrier-grade");
    const { host } = newHome(LINUX_NAT);
    expect(host.measured().levels).toBe("one");
    host.tellLocal({ routerAddress: "192.168.100.2" });
    host.tell((profiler) => profiler.measure());
    expect(host.measured().levels).toBe("several");
  });

  test("of which one is the host's own mean that there is no NAT, with or without a firewall", () => {
    const { network } = newNetwork();
    const host = new ProfilerHost(network, {
      name: "server",
      interfaces: [{ segment: network.internet, addresses: ["192.0.2.7"], line: { delayMs: ONE_WAY_MS } }],
      firewall: NAT_CLASSES.F,
    });
    const profile = host.measured();
    expect(profile).toMatchObject({ mapping: "none", filtering: "address-and-port-dependent", confidence: 1 });
    expect([profile.allocation, profile.hairpin, profile.levels]).toEqual([undefined, undefined, undefined]);
  });
});

describe("hairpin", () => {
  test.each([
    ["none", "endpoint-independent", false],
    ["external-source", "endpoint-independent", true],
    // The first packet meets the filter, the one in return does not.
    ["external-source", "address-and-port-dependent", true],
  ] as const)("%s with %s filtering: %s", (hairpin, filtering, expected) => {
    const { host } = newHome({ ...CLASSIC_NATS["EI-RD-PD"], hairpin, filtering });
    expect(host.measured().hairpin).toBe(expected);
  });
});

describe("a server", () => {
  test("with one address tells no mapping, but that every port is kept", () => {
    const { host } = newHome(NAT_CLASSES.R, { stun: [STUN_ADDRESSES[0]] });
    expect(host.measured()).toMatchObject({ udp: "ok", mapping: "unknown", filtering: "unknown", allocation: RANDOM });
    const kept = newHome(LINUX_NAT, { stun: [STUN_ADDRESSES[0]] }).host.measured();
    expect(kept).toMatchObject({ mapping: "endpoint-independent", filtering: "unknown" });
    expect(kept.confidence).toBeLessThan(0.6);
  });

  test("that is away is asked last the next time", () => {
    const [first, second] = STUN_SERVERS;
    const { host } = newHome(LINUX_NAT, { servers: [{ address: "198.51.100.77", port: 3478 }, first!, second!] });
    expect(host.measured()).toMatchObject({ udp: "ok", filtering: "unknown" });
    expect(host.measured()).toMatchObject({
      udp: "ok",
      mapping: "endpoint-independent",
      filtering: "address-and-port-dependent",
      allocation: { kind: "preserving" },
    });
  });
});

describe("silence", () => {
  test("is UDP that is blocked, and asked about again soon", () => {
    const { host, router } = newHome(LINUX_NAT, { line: { udp: "blocked" } });
    expect(host.measured()).toMatchObject({ udp: "blocked", mapping: "unknown", confidence: 0, publicEndpoints: [] });
    expect(host.profiles[0]!.at).toBeLessThanOrEqual(1_601);
    expect(host.sent.length).toBeLessThanOrEqual(MAX_PACKETS);
    expect(host.openSockets).toBe(1);
    router.uplink.changeLine({ udp: "pass" });
    host.network.time.run(6_000);
    expect(host.profiler.profile?.udp).toBe("ok");
  });

  test("that lasts is asked about each minute in the end", () => {
    const { host } = newHome(LINUX_NAT, { line: { udp: "blocked" } });
    host.network.time.run(600_000);
    const times = host.profiles.map(({ at }) => Math.round(at / 1_000));
    // 1.6 s each, after 5, 10, 20, 40 and then 60 s.
    expect(times.slice(0, 7)).toEqual([2, 8, 20, 41, 83, 145, 206]);
    expect(times.length).toBeLessThanOrEqual(14);
  });

  // From one port of each address a NAT with one mapping an address looks like one with a mapping a port.
  test("of a second port leaves a guess, which is made good once answers come through", () => {
    const guessed = Array.from({ length: 60 }, (_, seed) => {
      const { host, router } = newHome(NAT_CLASSES.A2, { seed, line: { loss: 0.3 } });
      const { udp, mapping } = host.measured();
      router.uplink.changeLine({ loss: 0 });
      return { host, isGuess: udp === "ok" && mapping === "address-and-port-dependent" };
    }).filter(({ isGuess }) => isGuess);
    expect(guessed.length).toBeGreaterThan(3);
    for (const { host } of guessed) {
      host.network.time.run(6_000);
      expect(host.profiler.profile?.mapping).toBe("address-dependent");
    }
  });

  test("without any server is nothing known", () => {
    const { host } = newHome(LINUX_NAT, { servers: [] });
    host.tell((profiler) => profiler.measure());
    expect(host.profiler.profile).toMatchObject({ udp: "unknown", confidence: 0 });
    expect(host.sent).toEqual([]);
  });
});

describe("between measurements", () => {
  test("one small request each 15 to 20 s keeps the binding, and every ten minutes all is measured anew", () => {
    const { host } = newHome({ ...LINUX_NAT, timeouts: { unrepliedMs: 30_000, assuredMs: 30_000 } });
    host.measured();
    const { length } = host.sent;
    // Later the spare bindings, on which the NAT's patience is learnt, are asked after.
    host.network.time.run(63_000);
    const kept = host.sent.slice(length).filter(({ socket }) => socket === 0);
    const gaps = kept.slice(1).map(({ at }, index) => at - kept[index]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(20_000);
    expect(new Set(kept.map(({ bytes }) => bytes))).toEqual(new Set([52]));
    host.network.time.run(8 * 60_000);
    const measured = host.profiles.map(({ profile }) => profile.measuredAt);
    expect(new Set(measured).size).toBe(1);
    host.network.time.run(62_000);
    expect(new Set(host.profiles.map(({ profile }) => profile.measuredAt)).size).toBe(2);
    expect(host.openSockets).toBe(1);
  });

  test("a binding that moved is a candidate at once, and measured", () => {
    const { host, router } = newHome(CLASSIC_NATS["EI-RD-PD"]);
    host.measured();
    const [before] = host.profiler.reflexive;
    host.network.time.run(60_000);
    router.reboot();
    host.network.time.run(21_000);
    const [after] = host.profiler.reflexive;
    expect(after).not.toEqual(before);
    expect(host.profiles).toHaveLength(2);
    expect(host.profiler.reflexive).toEqual([after]);
  });

  test("a per-flow NAT that forgot its ports is not measured for that", () => {
    const { host, router } = newHome(NAT_CLASSES.R);
    host.measured();
    host.network.time.run(60_000);
    router.reboot();
    host.network.time.run(60_000);
    expect(host.profiles).toHaveLength(1);
  });

  test("a network that was left is forgotten, and the next one measured at once", () => {
    const { host, network } = newHome(CLASSIC_NATS["EI-RD-PD"]);
    host.measured();
    const office = network.addRouter({
      name: "office",
      line: { delayMs: ONE_WAY_MS },
      v4: { nat: NAT_CLASSES.Q, addresses: ["203.0.113.9"] },
    });
    host.host.move([{ segment: office.lan, addresses: ["10.0.0.5"] }]);
    host.tellLocal();
    host.tell((profiler) => profiler.onNetworkChange());
    expect([host.profiler.profile, host.profiler.reflexive]).toEqual([null, []]);
    expect(host.measured()).toMatchObject({
      mapping: "address-and-port-dependent",
      allocation: { kind: "sequential" },
    });
    expect(host.profiler.reflexive.every(({ address }) => address === "203.0.113.9")).toBe(true);
  });
});

describe("a measurement", () => {
  test("that is broken off leaves no socket behind, and no result", () => {
    const { host, network } = newHome(LINUX_NAT);
    network.time.run(60);
    host.tell((profiler) => profiler.close());
    network.time.run(60_000);
    expect([host.openSockets, host.profiles.length, host.profiler.nextDeadline()]).toEqual([
      1,
      0,
      Number.POSITIVE_INFINITY,
    ]);
  });

  test("does without fresh sockets where there are none", () => {
    const { host } = newHome(LINUX_NAT, { socketsFail: true });
    const { allocation, ...profile } = host.measured();
    expect(profile).toMatchObject({ udp: "ok", mapping: "endpoint-independent", filtering: "unknown" });
    expect(allocation).toBeUndefined();
  });

  test("believes no answer to a question that was not asked", () => {
    const { host, network } = newHome(LINUX_NAT);
    network.time.run(10);
    const transactionId = new Uint8Array(12).fill(7);
    const forged = encodeBindingSuccess({ transactionId, mapped: { address: "192.0.2.66", port: 9 } });
    expect(host.profiler.onDatagram(0, STUN_SERVERS[0]!, forged)).toBe(false);
    expect(host.profiler.reflexive).toEqual([]);
  });
});

type HomeOptions = {
  readonly seed?: number;
  readonly line?: LinkOptions;
  readonly addresses?: readonly string[];
  readonly stun?: readonly string[];
  readonly servers?: typeof STUN_SERVERS;
  readonly socketsFail?: boolean;
};

function newNetwork({ seed = 1, stun }: Pick<HomeOptions, "seed" | "stun"> = {}) {
  const network = new SimNetwork({ seed: seed + 1 });
  addStunServer(network, stun === undefined ? {} : { addresses: stun });
  return { network };
}

function newHome(
  nat: NatOptions,
  { line, addresses = [PUBLIC], servers, socketsFail = false, ...more }: HomeOptions = {},
) {
  const { network } = newNetwork(more);
  const router = network.addRouter({
    name: "home",
    line: { delayMs: ONE_WAY_MS, ...line },
    v4: { nat, addresses },
  });
  const host = new ProfilerHost(
    network,
    { name: "host", interfaces: [{ segment: router.lan, addresses: ["192.168.1.10"] }] },
    { ...(servers === undefined ? {} : { servers }), socketsFail },
  );
  return { network, router, host };
}

/** What a measurement of this NAT tells, and where that differs from what is so. */
function measure(name: string, nat: NatOptions, options: HomeOptions) {
  const { host, network } = newHome({ ...nat, background: { share: 0.2 } }, options);
  const profile = host.measured();
  expect(natProfileSchema.parse(profile)).toEqual(profile);
  const mistakes = Object.entries(truthOf(nat)).flatMap(([field, so]) => {
    const told = field === "allocation" ? allocationOf(profile) : profile[field as "mapping" | "filtering"];
    return told === so ? [] : [`${name} ${field}: ${told}`];
  });
  return { mistakes, packets: host.sent.length, ms: network.time.now, confidence: profile.confidence };
}

function allocationOf({ allocation }: NatProfile): string {
  if (allocation === undefined) return "unknown";
  return allocation.kind === "sequential" ? `sequential ${allocation.step}` : allocation.kind;
}

/** As peers see it: a port that is the same for all is a mapping that is. */
function truthOf({ mapping, filtering, allocation, overload = false }: NatOptions) {
  const isKept = allocation.kind === "preserve" && (overload || mapping === "endpoint-independent");
  const kinds = {
    preserve: isKept ? "preserving" : "random",
    sequential: "sequential 1",
    random: "random",
    block: "random",
  };
  return { mapping: isKept ? "endpoint-independent" : mapping, filtering, allocation: kinds[allocation.kind] };
}
