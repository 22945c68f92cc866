/** What iperf3 and ping measure through a tunnel, from end a to end b. */
import { processorSeconds } from "./processor-time.ts";
import type { Tunnel } from "./tunnel.ts";
import type { Wire } from "./wire.ts";

/** An IPv4 packet of 1,400 bytes less its headers. */
const UDP_PAYLOAD_BYTES = 1_372;
/** Of a search for the most that arrives whole. */
const UDP_STEPS = 7;
const UDP_MOST_PER_SECOND = 400_000;
/** iperf3 loses one or two at the very start, on any path. */
const UDP_LOSS_TOLERATED = 0.0005;

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
  let [least, most] = [0, UDP_MOST_PER_SECOND];
  for (let step = 0; step < UDP_STEPS; step++) {
    const perSecond = (least + most) / 2;
    const bitrate = String(Math.round(perSecond * UDP_PAYLOAD_BYTES * 8));
    const args = ["-c", address.b, "-u", "-t", "1", "-l", String(UDP_PAYLOAD_BYTES), "-b", bitrate];
    const { sum } = (await iperf(wire, args)).end;
    const sent = sum.packets / sum.seconds;
    const isWhole = sum.lost_packets <= sum.packets * UDP_LOSS_TOLERATED && sent > perSecond * 0.95;
    if (isWhole) least = perSecond;
    else most = perSecond;
  }
  return least;
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
    readonly sum: { readonly packets: number; readonly lost_packets: number; readonly seconds: number };
  };
};

async function iperf(wire: Wire, args: readonly string[], patienceMs = 120_000): Promise<Report> {
  const { stdout } = await wire.exec("a", ["iperf3", "-J", ...args], { timeoutMs: patienceMs });
  return JSON.parse(stdout) as Report;
}
