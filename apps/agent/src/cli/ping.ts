/** `pinhole ping PEER`: echo requests through the tunnel, each reply with the path that it came by. */
import { setTimeout as delay } from "node:timers/promises";
import type { PingReply } from "../daemon/local-messages.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { formatMs, relayWords } from "./format-status.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole ping PEER [-c N] [--until-direct] [--timeout S] [--json] [--state-dir DIR]

Sends echo requests to a peer (its name or overlay address) inside the tunnel and shows the path of each reply.

  -c N             how many (default 10; with --until-direct: as many as the time allows)
  --until-direct   stop at the first reply over a direct path: exit 0; exit 1 when the time is over without one
  --timeout S      without --until-direct: seconds to wait for each reply (default 5);
                   with it: seconds in all (default 30)
  --json           one object a line: { seq, rttMs, path, endpoint?, relay?, viaDevice? }

Exit codes: 0 answered (with --until-direct: directly), 1 not answered, 2 wrong usage, 3 not running.`;

const FLAGS = {
  ...READING_FLAGS,
  count: { type: "string", short: "c" },
  "until-direct": { type: "boolean" },
  timeout: { type: "string" },
} as const;

const INTERVAL_MS = 1_000;
/** While waiting for a direct path, often enough to see it within a tenth of a second. */
const UNTIL_DIRECT_INTERVAL_MS = 100;
const UNTIL_DIRECT_REPLY_MS = 2_000;

export const ping: Command = {
  name: "ping",
  summary: "reach a peer through the tunnel and see by which path",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io, 1);
    if (!flags.ok) return flags.error;
    const { values, positionals } = flags.value;
    const [peer] = positionals;
    const untilDirect = values["until-direct"] === true;
    const count = values.count === undefined ? (untilDirect ? Infinity : 10) : Number(values.count);
    const timeoutMs = Number(values.timeout ?? (untilDirect ? 30 : 5)) * 1_000;
    const problem = wrongUsage({ peer, count, timeoutMs });
    if (problem !== undefined || peer === undefined) {
      io.stderr(`${problem}.\n\n${USAGE}`);
      return ExitCode.Usage;
    }
    const path = socketPath(values["state-dir"], io);
    return runPings({ path, peer, count, timeoutMs, untilDirect, isJson: values.json === true }, io);
  },
};

function wrongUsage(asked: { peer: string | undefined; count: number; timeoutMs: number }): string | undefined {
  const { peer = "", count, timeoutMs } = asked;
  if (peer.trim() === "" || peer.length > 255) return "Say whom to ping: a name or an overlay address";
  if (!(count >= 1) || (count !== Infinity && !Number.isInteger(count))) return "-c takes a whole number from 1";
  if (!(timeoutMs > 0 && timeoutMs <= 3_600_000)) return "--timeout takes seconds, up to 3600";
  return undefined;
}

type Run = {
  readonly path: string;
  readonly peer: string;
  readonly count: number;
  readonly timeoutMs: number;
  readonly untilDirect: boolean;
  readonly isJson: boolean;
};

async function runPings(run: Run, io: Io): Promise<ExitCode> {
  const endsAt = performance.now() + run.timeoutMs;
  const intervalMs = run.untilDirect ? UNTIL_DIRECT_INTERVAL_MS : INTERVAL_MS;
  let answered = 0;
  for (let seq = 1; seq <= run.count && !io.signal.aborted; seq++) {
    const startedAt = performance.now();
    if (run.untilDirect && startedAt >= endsAt) break;
    const timeoutMs = run.untilDirect ? Math.min(UNTIL_DIRECT_REPLY_MS, endsAt - startedAt) : run.timeoutMs;
    const answer = await askOnce(run.path, {
      op: "ping",
      peer: run.peer,
      timeoutMs: Math.max(1, Math.ceil(timeoutMs)),
    });
    if (!answer.ok) return reportLocalError(answer.error, io);
    if (answer.value.kind !== "pong") return ExitCode.Failed;
    const reply = { ...answer.value.reply, seq };
    if (reply.rttMs !== null) answered++;
    io.stdout(run.isJson ? JSON.stringify(reply) : formatReply(run.peer, reply));
    if (run.untilDirect && reply.path === "direct" && reply.rttMs !== null) return ExitCode.Ok;
    const restMs = startedAt + intervalMs - performance.now();
    if (restMs > 0 && seq < run.count) await delay(restMs, undefined, { signal: io.signal }).catch(() => undefined);
  }
  if (!run.untilDirect) return answered > 0 ? ExitCode.Ok : ExitCode.Failed;
  const tried = run.count === Infinity ? `within ${run.timeoutMs / 1_000} s` : "so far";
  io.stderr(`No direct path to ${run.peer} ${tried}. \`pinhole why ${run.peer}\` says why.`);
  return ExitCode.Failed;
}

function formatReply(peer: string, reply: PingReply): string {
  if (reply.rttMs === null) return `no reply from ${peer}: seq ${reply.seq}`;
  const via = reply.path === "relay" ? relayWords(reply) : (reply.endpoint ?? "direct");
  return `pong from ${peer}: seq ${reply.seq} via ${via} in ${formatMs(reply.rttMs)}`;
}
