/** What can be measured through a tunnel from end a to end b, with iperf3, ping and datagrams of our own. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LabProcess } from "../../natlab/lab-process.ts";
import { processorSeconds } from "./processor-time.ts";
import type { Tunnel } from "./tunnel.ts";
import type { Wire } from "./wire.ts";

/** An IPv4 packet of 1,400 bytes less its headers. */
const UDP_PAYLOAD_BYTES = 1_372;
/** Of a search for the most that arrives whole. */
const UDP_STEPS = 7;
const UDP_MOST_PER_SECOND = 400_000;
/** One or two at the very start, before a session stands or the host has looked its neighbour up. */
const UDP_LOSS_TOLERATED = 0.0005;
/** Of the rate that was asked for: a sender that cannot keep it shows nothing. */
const UDP_LEAST_PACE = 0.95;
const UDP_SOURCE = fileURLToPath(new URL("./udp-source.ts", import.meta.url));
const UDP_SINK = fileURLToPath(new URL("./udp-sink.ts", import.meta.url));
const SINK_PORT = 5_400;
/** What has not arrived after so much silence is lost: the sink says what it has five times a second, when it has the processor. */
const SILENCE_MS = 1_500;
const LOOK_EVERY_MS = 50;

const PINGS = 1_000;

/** Serves all measurements until the wire goes. */
export async function startServer(wire: Wire): Promise<void> {
  await wire.spawn("b", ["iperf3", "--server", "--forceflush"]).waitForLine(/Server listening/, 5_000);
}

/** Bits a second that arrive. */
export async function measureTcp(
  wire: Wire,
  { address }: Tunnel,
  { streams, seconds }: { readonly streams: number; readonly seconds: number },
): Promise<number> {
  const args = ["-c", address.b, "-t", String(seconds), "-P", String(streams), "-C", "cubic", "-i", "0"];
  const report = await iperf(wire, args, seconds * 1_000 + 60_000);
  return report.end.sum_received.bits_per_second;
}

/** Milliseconds of processor time at both ends together for each gigabit. */
export async function measureProcessorTime(wire: Wire, tunnel: Tunnel, seconds: number): Promise<number> {
  const pids = tunnel.processes.map(({ pid }) => pid);
  const before = processorSeconds(pids);
  const bits = seconds * (await measureTcp(wire, tunnel, { streams: 1, seconds }));
  return ((processorSeconds(pids) - before) * 1_000) / (bits / 1e9);
}

/** Datagrams a second, the most that arrive whole. */
export async function measureUdp(wire: Wire, { address }: Tunnel): Promise<number> {
  const sink = await sinkOf(wire);
  let [least, most] = [0, UDP_MOST_PER_SECOND];
  for (let step = 0; step < UDP_STEPS; step++) {
    const perSecond = (least + most) / 2;
    const before = arrivedAt(sink);
    const argv = [UDP_SOURCE, `${address.b}:${SINK_PORT}`, String(UDP_PAYLOAD_BYTES), String(perSecond), "1"] as const;
    const { stdout } = await wire.exec("a", [process.execPath, ...argv], { timeoutMs: 60_000 });
    const { sent, ms } = JSON.parse(stdout) as { readonly sent: number; readonly ms: number };
    const lost = sent - (await arrivedInTheEnd(sink, before + sent)) + before;
    const isWhole = lost <= sent * UDP_LOSS_TOLERATED && ms < 1_000 / UDP_LEAST_PACE;
    if (isWhole) least = perSecond;
    else most = perSecond;
  }
  // Who loses some of the fewest is said to carry those.
  return least === 0 ? most : least;
}

const sinks = new WeakMap<Wire, Promise<LabProcess>>();

/** One for all measurements on a wire. */
function sinkOf(wire: Wire): Promise<LabProcess> {
  const started = sinks.get(wire) ?? startSink(wire);
  sinks.set(wire, started);
  return started;
}

async function startSink(wire: Wire): Promise<LabProcess> {
  const sink = wire.spawn("b", [process.execPath, UDP_SINK, String(SINK_PORT)]);
  await sink.waitForLine(/counting/, 10_000);
  return sink;
}

async function arrivedInTheEnd(sink: LabProcess, most: number): Promise<number> {
  let [arrived, since] = [arrivedAt(sink), performance.now()];
  while (arrived < most && performance.now() - since < SILENCE_MS) {
    await delay(LOOK_EVERY_MS);
    const now = arrivedAt(sink);
    if (now > arrived) [arrived, since] = [now, performance.now()];
  }
  return arrived;
}

function arrivedAt(sink: LabProcess): number {
  return Number(sink.stdout.findLast((line) => /^\d+$/.test(line)) ?? 0);
}

/** Median, in milliseconds. */
export async function measureRoundTrip(wire: Wire, address: string): Promise<number> {
  const ping = ["ping", "-n", "-c", String(PINGS), "-i", "0.002", address] as const;
  const { stdout } = await wire.exec("a", ping, { timeoutMs: 60_000 });
  const times = Array.from(stdout.matchAll(/time=([\d.]+) ms/g), ([, time]) => Number(time)).toSorted((x, y) => x - y);
  const median = times[times.length >> 1];
  if (median === undefined) throw new Error("no ping was answered");
  return median;
}

type Report = {
  readonly end: {
    readonly sum_received: { readonly bits_per_second: number };
  };
};

async function iperf(wire: Wire, args: readonly string[], patienceMs: number): Promise<Report> {
  const { stdout } = await wire.exec("a", ["iperf3", "-J", ...args], { timeoutMs: patienceMs, allowFailure: true });
  const report = JSON.parse(stdout) as Report | { readonly error: string };
  if ("error" in report) throw new Error(`iperf3: ${report.error}`);
  return report;
}
