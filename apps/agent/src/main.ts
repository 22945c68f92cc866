/** argv → command → exit code. The only place that ends the process. */
import { isMainThread } from "node:worker_threads";
import { type Command, ExitCode, type Io } from "./cli/command.ts";
import { down } from "./cli/down.ts";
import { netcheck } from "./cli/netcheck.ts";
import { ping } from "./cli/ping.ts";
import { status } from "./cli/status.ts";
import { uninstall } from "./cli/uninstall.ts";
import { up } from "./cli/up.ts";
import { version } from "./cli/version.ts";

const COMMANDS: readonly Command[] = [up, down, status, ping, netcheck, version, uninstall];

const MAX_STDIN_BYTES = 65_536;

const HELP = `Pinhole connects this machine directly to your other machines, through NATs and firewalls.

usage: pinhole COMMAND [flags]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

\`pinhole COMMAND --help\` says more. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not running.`;

async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    io.stdout(HELP);
    return name === undefined ? ExitCode.Usage : ExitCode.Ok;
  }
  if (name === "--version") return version.run(rest, io);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    io.stderr(`There is no command "${name}".\n\n${HELP}`);
    return ExitCode.Usage;
  }
  return command.run(rest, io);
}

async function readStdin(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > MAX_STDIN_BYTES) break;
  }
  return text;
}

if (isMainThread) {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  // A reader that went away (`pinhole status | head -1`) is no error.
  process.stdout.on("error", () => process.exit(ExitCode.Ok));
  const io: Io = {
    stdout: (line) => void process.stdout.write(`${line}\n`),
    stderr: (line) => void process.stderr.write(`${line}\n`),
    readStdin,
    env: process.env,
    signal: stop.signal,
  };
  process.exit(await main(process.argv.slice(2), io));
} else {
  // The bundle is one file, and the datapath's worker is started from it.
  await import("./datapath/worker.ts");
}
