/** `pinhole metrics`: the agent's counters as Prometheus reads them, once or over HTTP. */
import { parseEndpoint } from "@pinhole/protocol";
import type { Metrics } from "../daemon/local-messages.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { formatMetrics } from "./format-metrics.ts";
import { askOnce } from "./local-client.ts";
import { serveMetrics } from "./metrics-server.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole metrics [--listen [ADDRESS:]PORT] [--json] [--state-dir DIR]

Prints what the agent counts in the text format of Prometheus: bytes and packets by kind of path, dropped packets by
reason, peers and their paths, relays, processor time and memory.

  --listen PORT           serves http://127.0.0.1:PORT/metrics until Ctrl-C; another program on this machine, or one
                          that is forwarded to it, scrapes it
  --listen ADDRESS:PORT   on that address. Where others than this machine reach it, no peer is named
  --json                  prints the same figures as one object

Exit codes: 0 shown or stopped, 1 failed, 2 wrong usage, 3 not running.`;

const FLAGS = { ...READING_FLAGS, listen: { type: "string" } } as const;

const LOOPBACK = "127.0.0.1";

export const metrics: Command = {
  name: "metrics",
  summary: "what the agent counts, for Prometheus",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const { listen, json, "state-dir": stateDirectory } = flags.value.values;
    const path = socketPath(stateDirectory, io);
    if (listen !== undefined) {
      const at = parseListen(listen);
      if (at !== undefined && json !== true) return serve(at, path, io);
      const problem = json === true ? "--json and --listen exclude each other" : `"${listen}" is no port`;
      io.stderr(`${problem}.\n\n${USAGE}`);
      return ExitCode.Usage;
    }
    const answer = await askOnce(path, { op: "metrics" });
    if (!answer.ok) return reportLocalError(answer.error, io);
    if (answer.value.kind !== "metrics") return ExitCode.Failed;
    const { metrics: figures } = answer.value;
    io.stdout(
      json === true ? JSON.stringify(figures, undefined, 2) : formatMetrics(figures, { hasPeers: true }).trimEnd(),
    );
    return ExitCode.Ok;
  },
};

/** A port alone is this machine's. */
function parseListen(text: string): { readonly host: string; readonly port: number } | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text) <= 65_535 ? { host: LOOPBACK, port: Number(text) } : undefined;
  const endpoint = parseEndpoint(text);
  return endpoint.ok ? { host: endpoint.value.address, port: endpoint.value.port } : undefined;
}

async function serve(at: { readonly host: string; readonly port: number }, path: string, io: Io): Promise<ExitCode> {
  const read = async (): Promise<Metrics | string> => {
    const answer = await askOnce(path, { op: "metrics" });
    if (answer.ok) return answer.value.kind === "metrics" ? answer.value.metrics : "The agent gave another answer.";
    return answer.error.code === "not-running" ? "Pinhole is not running on this machine." : answer.error.message;
  };
  const served = await serveMetrics({
    ...at,
    read,
    signal: io.signal,
    listening: (url) => io.stdout(`Metrics at ${url}`),
  });
  if (served.ok) return ExitCode.Ok;
  io.stderr(served.error);
  return ExitCode.Failed;
}
