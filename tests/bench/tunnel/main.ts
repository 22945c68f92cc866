/**
 * `npm run bench:tunnel [NAME…] [-- --runs=5 --seconds=5]`: our tunnel against wireguard-go, in one run on one machine.
 * Needs root, wireguard-go, wireguard-tools, iperf3 and iputils-ping. Exits with 1 when a bound is missed.
 *
 * Both tunnels lie over one wire all the time, and each run measures them right after each other.
 */
import { parseArgs } from "node:util";
import { type Flood, startFlood } from "./flooding.ts";
import { openPinhole } from "./pinhole.ts";
import { drawRatios, isMet, type Ratio } from "./ratio.ts";
import { measureProcessorTime, measureRoundTrip, measureTcp, measureUdp, startServer } from "./traffic.ts";
import { OUTSIDE, Wire } from "./wire.ts";
import type { Tunnel } from "./tunnel.ts";
import { openWireGuardGo } from "./wireguard-go.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "5" }, seconds: { type: "string", default: "5" } },
});
const seconds = Number(values.seconds);

await using wire = new Wire();
await startServer(wire);
const [ours, theirs] = [await openPinhole(wire), await openWireGuardGo(wire)];
const GBIT = 1e9;

type Bench = Omit<Ratio, "runs"> & {
  readonly measureOurs: () => Promise<number>;
  readonly measureTheirs: () => Promise<number>;
};

const tcp = async (tunnel: Tunnel, streams: number): Promise<number> =>
  (await measureTcp(wire, tunnel, { streams, seconds })) / GBIT;
const addedRoundTrip = async (tunnel: Tunnel): Promise<number> => {
  const outside = await measureRoundTrip(wire, OUTSIDE.b);
  return (await measureRoundTrip(wire, tunnel.address.b)) - outside;
};
/** Sent either way, so that what it costs the sender and the cable weighs on both. */
const underFlood = async (flood: Omit<Flood, "to" | "key">): Promise<number> => {
  await using _ = await startFlood(wire, { ...flood, to: ours.endpoint, key: ours.nodeKey });
  return tcp(ours, 1);
};

const BENCHES: Readonly<Record<string, Bench>> = {
  tcp: {
    name: "one TCP stream, against wireguard-go",
    unit: "Gbit/s",
    bound: { atLeast: 4.5 },
    measureOurs: () => tcp(ours, 1),
    measureTheirs: () => tcp(theirs, 1),
  },
  streams: {
    name: "four TCP streams, against one",
    unit: "Gbit/s",
    bound: { atLeast: 1 },
    measureOurs: () => tcp(ours, 4),
    measureTheirs: () => tcp(ours, 1),
  },
  processor: {
    name: "processor time for a gigabit of one TCP stream, against wireguard-go's",
    unit: "ms",
    measureOurs: () => measureProcessorTime(wire, ours, seconds),
    measureTheirs: () => measureProcessorTime(wire, theirs, seconds),
  },
  udp: {
    name: "UDP of 1,400 bytes without loss, against wireguard-go",
    unit: "packets/s",
    bound: { atLeast: 2 },
    measureOurs: () => measureUdp(wire, ours),
    measureTheirs: () => measureUdp(wire, theirs),
  },
  flood: {
    name: "one TCP stream under 50,000 forged handshakes a second, against as many that go elsewhere",
    unit: "Gbit/s",
    bound: { atLeast: 0.7 },
    measureOurs: () => underFlood({ perSecond: 50_000, hasMac1: false, isAimed: true }),
    measureTheirs: () => underFlood({ perSecond: 50_000, hasMac1: false, isAimed: false }),
  },
  "flood-mac1": {
    name: "one TCP stream under 5,000 handshakes a second that know the key, against as many that go elsewhere",
    unit: "Gbit/s",
    bound: { atLeast: 0.7 },
    measureOurs: () => underFlood({ perSecond: 5_000, hasMac1: true, isAimed: true }),
    measureTheirs: () => underFlood({ perSecond: 5_000, hasMac1: true, isAimed: false }),
  },
  "round-trip": {
    name: "round trip added, against wireguard-go's",
    unit: "ms",
    bound: { atMost: 1 },
    measureOurs: () => addedRoundTrip(ours),
    measureTheirs: () => addedRoundTrip(theirs),
  },
};

const unknown = positionals.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}

const ratios: Ratio[] = [];
for (const [name, { measureOurs, measureTheirs, ...figure }] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const runs: Ratio["runs"][number][] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    process.stderr.write(`measuring ${name}, ${run} of ${values.runs} …\n`);
    runs.push({ ours: await measureOurs(), theirs: await measureTheirs() });
  }
  ratios.push({ ...figure, runs });
}
console.log(drawRatios(ratios));
process.exitCode = ratios.every(isMet) ? 0 : 1;
