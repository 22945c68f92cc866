/** What every verb that asks the daemon shares: `--state-dir`, `--json`, `--help`, and what to say when nobody answers. */
import type { ParseArgsOptionsConfig } from "node:util";
import { err, ok, type Result } from "@pinhole/protocol";
import { StateStore } from "../state/store.ts";
import { ExitCode, type Io } from "./command.ts";
import { type Flags, parseFlags } from "./flags.ts";
import type { LocalError } from "./local-client.ts";
import { defaultStateDirectory } from "./state-directory.ts";

export const READING_FLAGS = {
  "state-dir": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsOptionsConfig;

/** The flags, or the exit code of a command that is already over. */
export function readFlags<const Options extends ParseArgsOptionsConfig & typeof READING_FLAGS>(
  argv: readonly string[],
  options: Options,
  usage: string,
  io: Io,
  maxArguments = 0,
): Result<Flags<Options>, ExitCode> {
  const flags = parseFlags(argv, options, io.env);
  if (!flags.ok) {
    io.stderr(`${flags.error}.\n\n${usage}`);
    return err(ExitCode.Usage);
  }
  if ("help" in flags.value.values && flags.value.values.help === true) {
    io.stdout(usage);
    return err(ExitCode.Ok);
  }
  const surplus = flags.value.positionals[maxArguments];
  if (surplus !== undefined) {
    io.stderr(`There is no use for the argument "${surplus}".\n\n${usage}`);
    return err(ExitCode.Usage);
  }
  return ok(flags.value);
}

export function socketPath(stateDirectory: string | undefined, io: Io): string {
  return StateStore.socketPathIn(stateDirectory ?? defaultStateDirectory(io.env, process.getuid?.()));
}

export function reportLocalError(error: LocalError, io: Io): ExitCode {
  if (error.code === "not-running") {
    io.stderr("Pinhole is not running on this machine. Start it with `pinhole up`.");
    return ExitCode.NotRunning;
  }
  io.stderr(error.message);
  return ExitCode.Failed;
}
