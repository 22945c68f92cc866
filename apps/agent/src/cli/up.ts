/** `pinhole up`: joins the team where that has not happened, and runs the agent. */
import { hostname } from "node:os";
import { err, ok, type Result } from "@pinhole/protocol";
import { parseServerUrl } from "../control/server-url.ts";
import { type DaemonOptions, enrollOnly, runDaemon } from "../daemon/run-daemon.ts";
import { StateError, StateStore } from "../state/store.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { formatStatus } from "./format-status.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags } from "./reading.ts";
import { readSecret } from "./secret.ts";
import { spawnDaemon } from "./spawn-daemon.ts";
import { defaultStateDirectory } from "./state-directory.ts";

const USAGE = `usage: pinhole up [--server URL --token TOKEN] [--name N] [--tun IFNAME | --userspace] [--port P]
                  [--state-dir DIR] [--advertise-routes CIDR,…] [--foreground | --enroll-only]

Joins this machine to a team and starts the agent. Server and token are needed once; afterwards \`pinhole up\` alone
starts it again.

  --server URL      the dashboard, such as https://pinhole.example
  --token TOKEN     an enrollment token; file:PATH reads it from a file, - from standard input
  --name N          what the device shall be called (default: the host's name)
  --tun IFNAME      name of the network interface (default pinhole0; needs root)
  --userspace       no interface: the device can be reached by \`pinhole ping\`, its own programs cannot use the tunnel
  --port P          UDP port (default: drawn at random once, then kept)
  --state-dir DIR   keys and netmap (default /var/lib/pinhole, or ~/.local/state/pinhole without root)
  --advertise-routes CIDR,…   not in this version
  --foreground      be the daemon: log to standard error, stop on Ctrl-C
  --enroll-only     join the team and stop: for service managers that start the daemon themselves

Every flag is also an environment variable (PINHOLE_SERVER, PINHOLE_STATE_DIR, …) and a line in /etc/pinhole/config.

Exit codes: 0 up, 1 refused or failed, 2 wrong usage.`;

const FLAGS = {
  ...READING_FLAGS,
  server: { type: "string" },
  token: { type: "string" },
  name: { type: "string" },
  tun: { type: "string" },
  userspace: { type: "boolean" },
  port: { type: "string" },
  "advertise-routes": { type: "string" },
  foreground: { type: "boolean" },
  "enroll-only": { type: "boolean" },
} as const;

export const up: Command = {
  name: "up",
  summary: "join the team and start the agent",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const { values, positionals } = flags.value;
    if (positionals.length > 0) return usageError(io, `up takes no argument "${positionals[0]}"`);
    if (values["advertise-routes"] !== undefined)
      return usageError(io, "This version does not route other networks: leave --advertise-routes out");
    const options = await readOptions(values, io);
    if (!options.ok) return usageError(io, options.error);
    try {
      if (values["enroll-only"] === true) return await enrollOnly(options.value, io);
      return values.foreground === true ? await runDaemon(options.value, io) : await startBehind(options.value, io);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      io.stderr(error.message);
      return ExitCode.Failed;
    }
  },
};

type Values = {
  readonly server?: string;
  readonly token?: string;
  readonly name?: string;
  readonly tun?: string;
  readonly userspace?: boolean;
  readonly port?: string;
  readonly "state-dir"?: string;
};

async function readOptions(values: Values, io: Io): Promise<Result<DaemonOptions, string>> {
  const server = values.server === undefined ? ok(undefined) : parseServerUrl(values.server);
  if (!server.ok) return server;
  const token = values.token === undefined ? ok(undefined) : await readSecret(values.token, io);
  if (!token.ok) return token;
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
    return err(`"${values.port}" is no port`);
  if (values.tun !== undefined && !/^[a-z][a-z0-9._-]{0,14}$/i.test(values.tun))
    return err(`"${values.tun}" is no name of an interface`);
  if (values.tun !== undefined && values.userspace === true) return err("Give --tun or --userspace, not both");
  return ok({
    stateDirectory: values["state-dir"] ?? defaultStateDirectory(io.env, process.getuid?.()),
    server: server.value,
    token: token.value,
    name: values.name ?? hostname(),
    tun: values.tun,
    isUserspace: values.userspace,
    port,
  });
}

/** Asks the running daemon, or starts one and waits until it is online or says why not. */
async function startBehind(options: DaemonOptions, io: Io): Promise<ExitCode> {
  const store = new StateStore(options.stateDirectory);
  const running = await askOnce(store.socketPath, { op: "status" });
  if (running.ok && running.value.kind === "status") {
    io.stdout("Pinhole is already up.");
    for (const line of formatStatus(running.value.status)) io.stdout(line);
    return ExitCode.Ok;
  }
  if (!running.ok && running.error.code === "failed") {
    io.stderr(running.error.message);
    return ExitCode.Failed;
  }
  return spawnDaemon(options, store, io);
}

function usageError(io: Io, sentence: string): ExitCode {
  io.stderr(`${sentence.replace(/\.$/, "")}.\n\n${USAGE}`);
  return ExitCode.Usage;
}
