/** `pinhole up`: joins the team where that has not happened, and runs the agent. */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { err, ok, type Result } from "@pinhole/protocol";
import { wallMs } from "../clock.ts";
import { parseServerUrl } from "../control/server-url.ts";
import type { DaemonOptions } from "../daemon/daemon-options.ts";
import { deviceName } from "../daemon/device-name.ts";
import { checkEnrollable } from "../daemon/ensure-enrolled.ts";
import { enrollOnly, runDaemon } from "../daemon/run-daemon.ts";
import { DEFAULT_INTERFACE } from "../state/settings.ts";
import { StateStore } from "../state/store.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { formatStatus } from "./format-status.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags } from "./reading.ts";
import { readSecret } from "./secret.ts";
import { spawnDaemon } from "./spawn-daemon.ts";
import { defaultStateDirectory } from "./state-directory.ts";

const USAGE = `usage: pinhole up [--server URL --token TOKEN] [--name N] [--tun IFNAME | --userspace] [--port P]
                  [--no-port-mapping] [--state-dir DIR] [--advertise-routes CIDR,…] [--foreground | --enroll-only]

Joins this machine to a team and starts the agent. Server and token are needed once; afterwards \`pinhole up\` alone
starts it again.

  --server URL      the dashboard, such as https://pinhole.example
  --token TOKEN     an enrollment token; file:PATH reads it from a file, - from standard input
  --name N          what the device shall be called (default: the host's name)
  --tun IFNAME      name of the network interface (default pinhole0; needs root)
  --userspace       no interface: the device can be reached by \`pinhole ping\`, its own programs cannot use the tunnel
  --port P          UDP port (default: drawn at random once, then kept)
  --no-port-mapping   ask no router to open the UDP port (PCP, NAT-PMP, UPnP); --port-mapping asks again
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
  "port-mapping": { type: "boolean" },
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
    const { values } = flags.value;
    if (values["advertise-routes"] !== undefined)
      return usageError(io, "This version does not route other networks: leave --advertise-routes out");
    const options = await readOptions(values, io);
    if (!options.ok) return usageError(io, options.error);
    if (values["enroll-only"] === true) return enrollOnly(options.value, io);
    return values.foreground === true ? runDaemon(options.value, io) : startBehind(options.value, io);
  },
};

type Values = {
  readonly server?: string;
  readonly token?: string;
  readonly name?: string;
  readonly tun?: string;
  readonly userspace?: boolean;
  readonly port?: string;
  readonly "port-mapping"?: boolean;
  readonly "state-dir"?: string;
};

async function readOptions(values: Values, io: Io): Promise<Result<DaemonOptions, string>> {
  const server = values.server === undefined ? ok(undefined) : parseServerUrl(values.server);
  if (!server.ok) return server;
  const token = values.token === undefined ? ok(undefined) : await readSecret(values.token, io);
  if (!token.ok) return token;
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(/^\d{1,5}$/.test(values.port ?? "") && port >= 1 && port <= 65_535))
    return err(`"${values.port}" is no port`);
  const name = deviceName(values.name, hostname());
  if (!name.ok) return name;
  if (values.tun !== undefined && !/^[a-z][a-z0-9._-]{0,14}$/i.test(values.tun))
    return err(`"${values.tun}" is no name of an interface`);
  if (values.tun !== undefined && values.userspace === true) return err("Give --tun or --userspace, not both");
  return ok({
    stateDirectory: resolve(values["state-dir"] ?? defaultStateDirectory(io.env, process.getuid?.())),
    server: server.value,
    token: token.value,
    name: values.name,
    tun: values.tun,
    isUserspace: values.userspace,
    port,
    isPortMapping: values["port-mapping"],
  });
}

/** Asks the running daemon, or starts one and waits until it is online or says why not. */
async function startBehind(options: DaemonOptions, io: Io): Promise<ExitCode> {
  const store = new StateStore(options.stateDirectory);
  const running = await askOnce(store.socketPath, { op: "status" });
  if (running.ok && running.value.kind === "status") {
    const same = checkSame(options, store);
    if (!same.ok) {
      io.stderr(same.error);
      return ExitCode.Failed;
    }
    io.stdout("Pinhole is already up.");
    for (const line of formatStatus(running.value.status, wallMs())) io.stdout(line);
    return ExitCode.Ok;
  }
  if (!running.ok && running.error.code === "failed") {
    io.stderr(running.error.message);
    return ExitCode.Failed;
  }
  return spawnDaemon(options, store, io);
}

/** Whether what is asked for is what already runs. */
function checkSame(options: DaemonOptions, store: StateStore): Result<void, string> {
  const enrolled = checkEnrollable(store, options);
  if (!enrolled.ok) return enrolled;
  const { tun, isUserspace, port, isPortMapping } = options;
  const isMoved = options.server !== undefined && options.server.href !== store.load("enrollment")?.server;
  const settings = store.load("settings");
  const isOther =
    isMoved ||
    (tun !== undefined && (settings?.userspace === true || tun !== (settings?.tun ?? DEFAULT_INTERFACE))) ||
    (isUserspace !== undefined && isUserspace !== settings?.userspace) ||
    (isPortMapping !== undefined && isPortMapping !== (settings?.portMapping ?? true)) ||
    (port !== undefined && port !== store.load("runtime")?.udpPort);
  return isOther
    ? err(
        "Pinhole is already up with other flags. Run `pinhole down` first, then this again: the device stays enrolled.",
      )
    : ok(undefined);
}

function usageError(io: Io, sentence: string): ExitCode {
  io.stderr(`${sentence.replace(/\.$/, "")}.\n\n${USAGE}`);
  return ExitCode.Usage;
}
