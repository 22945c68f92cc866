/** argv → command → exit code. The only place that ends the process. */
import { type Command, ExitCode, type Io } from "./command.ts";
import { down } from "./down.ts";
import { netcheck } from "./netcheck.ts";
import { ping } from "./ping.ts";
import { status } from "./status.ts";
import { uninstall } from "./uninstall.ts";
import { up } from "./up.ts";
import { version } from "./version.ts";

const COMMANDS: readonly Command[] = [up, down, status, ping, netcheck, version, uninstall];

const MAX_STDIN_BYTES = 65_536;

const HELP = `Pinhole connects this machine directly to your other machines, through NATs and firewalls.

usage: pinhole COMMAND [flags]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

\`pinhole COMMAND --help\` says more. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not running.`;

async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
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

export async function main(): Promise<never> {
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
  return process.exit(await run(process.argv.slice(2), io));
}
