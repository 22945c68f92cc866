/** `pinhole relay`: a relay and a STUN server on a machine of their own, without a dashboard or a database. */
import { resolve } from "node:path";
import type { RelayStatus } from "../daemon/local-messages.ts";
import { parseRelayOptions } from "../relay-server/relay-options.ts";
import { runRelay } from "../relay-server/run-relay.ts";
import { StateStore } from "../state/store.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags } from "./reading.ts";
import { defaultStateDirectory } from "./state-directory.ts";

const USAGE = `usage: pinhole relay --name N --server-key KEY [--listen [ADDRESS]:PORT] [--stun off | [ADDRESS]:PORT,…]
                     [--tls-cert FILE --tls-key FILE] [--state-dir DIR]
       pinhole relay status [--json] [--state-dir DIR]

Carries sealed packets for the devices of one dashboard, and tells them their public endpoints. It needs the dashboard
neither to start nor to go on: the devices' tickets are checked with the key. It cannot read what it carries, and
dials nobody. The dashboard names it to the devices by its setting PINHOLE_RELAYS.

  --name N             as PINHOLE_RELAYS calls it: devices refuse a relay that calls itself otherwise
  --server-key KEY     what tickets are checked with: \`npm run -s admin -- relay-key\` on the dashboard's machine
  --listen :PORT       TCP address to listen on (default :3478, on every address)
  --stun :PORT         UDP address of STUN (default :3478); two addresses tell kinds of NAT apart, off switches it off
  --tls-cert FILE      certificate chain, and --tls-key its key, in PEM: for wss://
  --state-dir DIR      where \`pinhole relay status\` asks (default /var/lib/pinhole, or ~/.local/state/pinhole)

Every flag is also an environment variable (PINHOLE_NAME, PINHOLE_SERVER_KEY, …) and a line in /etc/pinhole/config.
It runs in the foreground, logs to standard error and stops on Ctrl-C; its devices then go to another relay.

Exit codes: 0 stopped or shown, 1 failed, 2 wrong usage, 3 not running.`;

const FLAGS = {
  ...READING_FLAGS,
  name: { type: "string" },
  listen: { type: "string" },
  "server-key": { type: "string" },
  stun: { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
} as const;

export const relay: Command = {
  name: "relay",
  summary: "be a relay for other devices, without a dashboard",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io, 1);
    if (!flags.ok) return flags.error;
    const { values, positionals } = flags.value;
    const [verb] = positionals;
    const directory = resolve(values["state-dir"] ?? defaultStateDirectory(io.env, process.getuid?.()));
    if (verb === "status") return showStatus(directory, { isJson: values.json === true, io });
    if (verb !== undefined) return usageError(`There is no use for the argument "${verb}"`, io);
    const options = parseRelayOptions(values);
    if (!options.ok) return usageError(options.error, io);
    const ended = await runRelay(options.value, directory, io);
    if (ended.ok) return ExitCode.Ok;
    io.stderr(ended.error);
    return ExitCode.Failed;
  },
};

async function showStatus(
  directory: string,
  { isJson, io }: { readonly isJson: boolean; readonly io: Io },
): Promise<ExitCode> {
  const answer = await askOnce(StateStore.relaySocketPathIn(directory), { op: "relay-status" });
  if (!answer.ok && answer.error.code === "not-running") {
    io.stderr("No relay is running on this machine. `pinhole relay --help` says how one is started.");
    return ExitCode.NotRunning;
  }
  if (!answer.ok || answer.value.kind !== "relay-status") {
    io.stderr(answer.ok || answer.error.code !== "failed" ? "The relay gave no status." : answer.error.message);
    return ExitCode.Failed;
  }
  if (isJson) io.stdout(JSON.stringify(answer.value.relay, undefined, 2));
  else for (const line of formatRelayStatus(answer.value.relay)) io.stdout(line);
  return ExitCode.Ok;
}

export function formatRelayStatus(status: RelayStatus): string[] {
  const happened = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
      .join(", ") || "none";
  const megabytes = (status.forwardedBytes / 1e6).toFixed(1);
  return [
    `relay ${status.name} since ${status.since.slice(0, 16).replace("T", " ")} UTC`,
    `  listens on  ${status.listen}${status.tls ? " with TLS" : ""}`,
    `  STUN on     ${status.stun.join(", ") || "-"}`,
    `  devices     ${status.devices}`,
    `  forwarded   ${status.forwardedPackets} packets, ${megabytes} MB`,
    `  dropped     ${happened(status.dropped)}`,
    `  refused     ${happened(status.refused)}`,
  ];
}

function usageError(sentence: string, io: Io): ExitCode {
  io.stderr(`${sentence.replace(/\.$/, "")}.\n\n${USAGE}`);
  return ExitCode.Usage;
}
