/** Every ratio, its bound and its two sides, each measured on a {@link Stage} right after the other. */
import { type Flood, startFlood } from "./flooding.ts";
import type { Way } from "./pinhole.ts";
import type { Ratio } from "./ratio.ts";
import type { Stage } from "./stage.ts";
import { measureProcessorTime, measureRoundTrip, measureTcp, measureUdp } from "./traffic.ts";
import { OUTSIDE } from "./wire.ts";

const GBIT = 1e9;

export type Bench = Omit<Ratio, "runs"> & {
  readonly measureOurs: (stage: Stage) => Promise<number>;
  readonly measureTheirs: (stage: Stage) => Promise<number>;
};

type Whose = "ours" | "theirs";

async function tcp(stage: Stage, whose: Whose, streams: number, way?: Way): Promise<number> {
  const { wire, ...tunnels } = await stage.pair(way);
  return (await measureTcp(wire, tunnels[whose], { streams, seconds: stage.seconds })) / GBIT;
}

async function processorTime(stage: Stage, whose: Whose): Promise<number> {
  const { wire, ...tunnels } = await stage.pair();
  return measureProcessorTime(wire, tunnels[whose], stage.seconds);
}

async function udp(stage: Stage, whose: Whose): Promise<number> {
  const { wire, ...tunnels } = await stage.pair();
  return measureUdp(wire, tunnels[whose]);
}

async function addedRoundTrip(stage: Stage, whose: Whose): Promise<number> {
  const { wire, ...tunnels } = await stage.pair();
  const outside = await measureRoundTrip(wire, OUTSIDE.b);
  return (await measureRoundTrip(wire, tunnels[whose].address.b)) - outside;
}

/** Sent either way, so that what it costs the sender and the cable weighs on both. */
async function underFlood(stage: Stage, flood: Omit<Flood, "to" | "key">): Promise<number> {
  const { wire, ours } = await stage.pair();
  await using _ = await startFlood(wire, { ...flood, to: ours.endpoint, key: ours.nodeKey });
  return tcp(stage, "ours", 1);
}

export const RATIOS: Readonly<Record<string, Bench>> = {
  tcp: {
    name: "one TCP stream, against wireguard-go",
    unit: "Gbit/s",
    bound: { atLeast: 4.5 },
    measureOurs: (stage) => tcp(stage, "ours", 1),
    measureTheirs: (stage) => tcp(stage, "theirs", 1),
  },
  streams: {
    name: "four TCP streams, against one",
    unit: "Gbit/s",
    bound: { atLeast: 1 },
    measureOurs: (stage) => tcp(stage, "ours", 4),
    measureTheirs: (stage) => tcp(stage, "ours", 1),
  },
  processor: {
    name: "processor time for a gigabit of one TCP stream, against wireguard-go's",
    unit: "ms",
    measureOurs: (stage) => processorTime(stage, "ours"),
    measureTheirs: (stage) => processorTime(stage, "theirs"),
  },
  udp: {
    name: "UDP of 1,400 bytes without loss, against wireguard-go",
    unit: "packets/s",
    bound: { atLeast: 2 },
    measureOurs: (stage) => udp(stage, "ours"),
    measureTheirs: (stage) => udp(stage, "theirs"),
  },
  "round-trip": {
    name: "round trip added, against wireguard-go's",
    unit: "ms",
    bound: { atMost: 1 },
    measureOurs: (stage) => addedRoundTrip(stage, "ours"),
    measureTheirs: (stage) => addedRoundTrip(stage, "theirs"),
  },
  peers: {
    name: "received of 100 peers of 1,000 that are known, against one of one",
    unit: "packets/s",
    bound: { atLeast: 0.85 },
    measureOurs: async (stage) => (await (await stage.many()).measure(stage.seconds)).perSecond,
    measureTheirs: async (stage) => (await (await stage.one()).measure(stage.seconds)).perSecond,
  },
  "peers-processor": {
    name: "the same for each second of processor time",
    unit: "packets",
    measureOurs: async (stage) => (await (await stage.many()).measure(stage.seconds)).perProcessorSecond,
    measureTheirs: async (stage) => (await (await stage.one()).measure(stage.seconds)).perProcessorSecond,
  },
  portable: {
    name: "one TCP stream the portable way, against wireguard-go",
    unit: "Gbit/s",
    bound: { atLeast: 0.5 },
    measureOurs: (stage) => tcp(stage, "ours", 1, "portable"),
    measureTheirs: (stage) => tcp(stage, "theirs", 1, "portable"),
  },
  flood: {
    name: "one TCP stream under 50,000 forged handshakes a second, against as many that go elsewhere",
    unit: "Gbit/s",
    bound: { atLeast: 0.7 },
    measureOurs: (stage) => underFlood(stage, { perSecond: 50_000, hasMac1: false, isAimed: true }),
    measureTheirs: (stage) => underFlood(stage, { perSecond: 50_000, hasMac1: false, isAimed: false }),
  },
  "flood-mac1": {
    name: "one TCP stream under 5,000 handshakes a second that know the key, against as many that go elsewhere",
    unit: "Gbit/s",
    bound: { atLeast: 0.7 },
    measureOurs: (stage) => underFlood(stage, { perSecond: 5_000, hasMac1: true, isAimed: true }),
    measureTheirs: (stage) => underFlood(stage, { perSecond: 5_000, hasMac1: true, isAimed: false }),
  },
};
