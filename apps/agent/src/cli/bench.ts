/** `pinhole bench PEER`: how fast and how far a peer is, through the tunnel. */
import { setTimeout as delay } from "node:timers/promises";
import { addressFamily, err, ok, type Result } from "@pinhole/protocol";
import { BENCH_PORT, type Direction, MAX_BENCH_SECONDS } from "../bench/hello.ts";
import { measure, type MeasureError } from "../bench/measure.ts";
import type { PingReply, Status } from "../daemon/local-messages.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { type BenchReport, formatBench, formatBits } from "./format-bench.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole bench PEER [--seconds S] [--json] [--state-dir DIR]

Measures the way to a peer (its name or overlay address) through the tunnel: the round trip, then how much one TCP
connection carries to it and from it. The peer's agent takes part by itself, one measurement at a time, where policy
lets this device reach its TCP port ${BENCH_PORT}.

  --seconds S   how long in each direction (default 5, at most ${MAX_BENCH_SECONDS})
  --json        one object at the end: { peer, address, path, relay?, rttMs, sendBitsPerSecond, receiveBitsPerSecond, seconds }

Progress goes to standard error. Exit codes: 0 measured, 1 not reachable or refused, 2 wrong usage, 3 not running.`;

const FLAGS = { ...READING_FLAGS, seconds: { type: "string" } } as const;

const PINGS = 10;
const PING_MS = 2_000;
const PING_INTERVAL_MS = 50;

export const bench: Command = {
  name: "bench",
  summary: "how fast a peer is through the tunnel",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io, 1);
    if (!flags.ok) return flags.error;
    const { values, positionals } = flags.value;
    const [peer = ""] = positionals;
    const seconds = Number(values.seconds ?? 5);
    const problem = wrongUsage(peer, seconds);
    if (problem !== undefined) {
      io.stderr(`${problem}.\n\n${USAGE}`);
      return ExitCode.Usage;
    }
    const path = socketPath(values["state-dir"], io);
    const found = await findTarget(path, peer, io);
    if (!found.ok) return found.error;
    const pings = await pingTimes(path, peer, io);
    if (!pings.ok) return pings.error;
    const measured = await measureBoth({ ...found.value, seconds, isAnswering: pings.value.length > 0, io });
    if (!measured.ok) {
      io.stderr(measured.error);
      return ExitCode.Failed;
    }
    const report: BenchReport = { ...measured.value, ...pathOf(pings.value), rttMs: spread(pings.value), seconds };
    if (values.json === true) io.stdout(JSON.stringify(report));
    else for (const line of formatBench(report)) io.stdout(line);
    return ExitCode.Ok;
  },
};

function wrongUsage(peer: string, seconds: number): string | undefined {
  if (peer.trim() === "" || peer.length > 255) return "Say which peer: a name or an overlay address";
  if (!(seconds >= 1 && seconds <= MAX_BENCH_SECONDS)) return `--seconds takes 1 to ${MAX_BENCH_SECONDS}`;
  return undefined;
}

type Target = { readonly peer: string; readonly address: string };

/** Or the exit code, when it is said already why not. */
async function findTarget(path: string, wanted: string, io: Io): Promise<Result<Target, ExitCode>> {
  const answer = await askOnce(path, { op: "status" });
  if (!answer.ok) return err(reportLocalError(answer.error, io));
  if (answer.value.kind !== "status") return err(ExitCode.Failed);
  const { self, peers } = answer.value.status;
  const text = wanted.trim().toLowerCase();
  const peer = peers.find(
    ({ id, name, addresses }) => id === text || name.toLowerCase() === text || addresses.includes(text),
  );
  const address = peer && commonAddress(self, peer);
  if (self.interface !== null && peer !== undefined && address !== undefined) return ok({ peer: peer.name, address });
  io.stderr(
    peer === undefined || address === undefined
      ? `There is no peer "${wanted}". \`pinhole status\` lists those that this device may talk to.`
      : "This device runs without an interface (--userspace), and nothing but pings passes its tunnel.",
  );
  return err(ExitCode.Failed);
}

/** IPv4 first: the segments carry a little more. */
function commonAddress(self: Status["self"], peer: Status["peers"][number]): string | undefined {
  const families = new Set(self.addresses.map(addressFamily));
  const common = peer.addresses.filter((address) => families.has(addressFamily(address)));
  return common.find((address) => addressFamily(address) === 4) ?? common[0];
}

/** Those that were answered. After three that were not, no more are sent. */
async function pingTimes(path: string, peer: string, io: Io): Promise<Result<readonly PingReply[], ExitCode>> {
  const replies: PingReply[] = [];
  for (let seq = 1; seq <= PINGS && !io.signal.aborted; seq++) {
    const answer = await askOnce(path, { op: "ping", peer, timeoutMs: PING_MS });
    if (!answer.ok) return err(reportLocalError(answer.error, io));
    if (answer.value.kind === "pong" && answer.value.reply.rttMs !== null) replies.push(answer.value.reply);
    if (seq === 3 && replies.length === 0) break;
    await delay(PING_INTERVAL_MS, undefined, { signal: io.signal }).catch(() => undefined);
  }
  return ok(replies);
}

type Both = Target & { readonly seconds: number; readonly isAnswering: boolean; readonly io: Io };
type Measured = Pick<BenchReport, "peer" | "address" | "sendBitsPerSecond" | "receiveBitsPerSecond">;

async function measureBoth({ peer, address, seconds, isAnswering, io }: Both): Promise<Result<Measured, string>> {
  const one = async (direction: Direction): Promise<Result<number, string>> => {
    const words = direction === "send" ? `to ${peer}` : `from ${peer}`;
    let second = 0;
    const progress = (bits: number): void =>
      io.stderr(`  ${words}, second ${++second} of ${seconds}: ${formatBits(bits)}`);
    const measured = await measure({ address, direction, seconds, signal: io.signal, progress });
    return measured.ok ? measured : err(describe(measured.error, peer, isAnswering));
  };
  const sent = await one("send");
  if (!sent.ok) return sent;
  const received = await one("receive");
  if (!received.ok) return received;
  return ok({ peer, address, sendBitsPerSecond: sent.value, receiveBitsPerSecond: received.value });
}

function describe(error: MeasureError, peer: string, isAnswering: boolean): string {
  switch (error) {
    case "timeout":
    case "unreachable":
      return isAnswering
        ? `${peer} answers pings, and its TCP port ${BENCH_PORT} is out of reach: the team's policy has to let this device in to it, and the peer needs an interface (no --userspace).`
        : `${peer} does not answer: it is not reachable, or the team's policy lets this device in neither to pings nor to its TCP port ${BENCH_PORT}. \`pinhole why ${peer}\` says more.`;
    case "refused":
      return `${peer} takes no part in measurements: its agent is of another version, or another program has its TCP port ${BENCH_PORT}.`;
    case "busy":
      return `${peer} is being measured by another device. Try again in a moment.`;
    case "stalled":
      return `${peer} was reached, and then nothing came through any more.`;
    case "strange":
      return `Another program than an agent answers on TCP port ${BENCH_PORT} of ${peer}.`;
    case "stopped":
      return "Stopped.";
    default:
      return error satisfies never;
  }
}

function pathOf(replies: readonly PingReply[]): Pick<BenchReport, "path" | "relay"> {
  const last = replies.at(-1);
  return { path: last?.path ?? "none", ...(last?.relay === undefined ? {} : { relay: last.relay }) };
}

function spread(replies: readonly PingReply[]): BenchReport["rttMs"] {
  const times = replies.flatMap(({ rttMs }) => rttMs ?? []).toSorted((one, other) => one - other);
  const [min] = times;
  const median = times[times.length >> 1];
  const max = times.at(-1);
  return min === undefined || median === undefined || max === undefined ? null : { min, median, max };
}
