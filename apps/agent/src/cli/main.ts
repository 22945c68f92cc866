/** argv → command → exit code. The only place that ends the process. */
import { StateError } from "../state/state-error.ts";
import { bench } from "./bench.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { down } from "./down.ts";
import { metrics } from "./metrics.ts";
import { netcheck } from "./netcheck.ts";
import { ping } from "./ping.ts";
import { relay } from "./relay.ts";
import { status } from "./status.ts";
import { uninstall } from "./uninstall.ts";
import { up } from "./up.ts";
import { version } from "./version.ts";
import { why } from "./why.ts";

const COMMANDS: readonly Command[] = [up, down, status, ping, why, bench, netcheck, metrics, relay, version, uninstall];

const MAX_STDIN_BYTES = 65_536;

const HELP = `Pinhole connects this machine directly to your other machines, through NATs and firewalls.

usage: pinhole COMMAND [flags]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

\`pinhole COMMAND --help\` says more. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not running.`;

/** @throws only for a bug. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.stderr(HELP);
    return ExitCode.Usage;
  }
  if (["help", "--help", "-h"].includes(name)) {
    const about = COMMANDS.find((candidate) => candidate.name === rest[0]);
    io.stdout(about?.usage ?? HELP);
    return ExitCode.Ok;
  }
  if (name === "--version") return version.run(rest, io);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    io.stderr(`There is no command "${name}".\n\n${HELP}`);
    return ExitCode.Usage;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    io.stderr(error.message);
    return ExitCode.Failed;
  }
}

/** Names come from other machines: nothing in them reaches the terminal but as characters. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu, "\u{fffd}");
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
  // A daemon whose log is full, or read by nobody any more, goes on without it.
  process.stderr.on("error", () => undefined);
  const io: Io = {
    stdout: (line) => void process.stdout.write(`${printable(line)}\n`),
    stderr: (line) => void process.stderr.write(`${printable(line)}\n`),
    readStdin,
    env: process.env,
    signal: stop.signal,
  };
  const code = await run(process.argv.slice(2), io);
  // A socket takes long output piece by piece, and what it has not taken yet would end with the process.
  await new Promise<void>((resolve) => void process.stdout.write("", () => resolve()));
  return process.exit(code);
}
