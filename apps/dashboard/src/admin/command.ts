import type { Db } from "@pinhole/drizzle";
import { err, ok, type Result } from "@pinhole/protocol";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { Env } from "../env.ts";
import type { Author } from "../server/actor.ts";

/** What a command may touch. */
export type Io = {
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
  /** Opened on first use, so that `--help` and a wrong flag touch nothing. @throws StartProblem */
  readonly openDb: () => Db;
  /** @throws StartProblem */
  readonly readEnv: () => Pick<Env, "mail" | "url">;
  /** The content of a file that the person named, or of standard input for `-`. @throws Error in words */
  readonly readFile: (path: string) => string;
  /** Against the folder that the person is in. */
  readonly resolvePath: (path: string) => string;
  readonly now: () => Date;
  readonly author: Author;
};

/** Others script against these. */
export const ExitCode = { Ok: 0, Failed: 1, Usage: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export type Command = {
  readonly usage: string;
  readonly run: (argv: readonly string[], io: Io) => Promise<ExitCode>;
};

/** The error is a sentence. */
export function parseFlags<const Options extends ParseArgsOptionsConfig>(argv: readonly string[], options: Options) {
  try {
    return ok(parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** `90s`, `30m`, `1h`, `7d` → milliseconds. */
export function parseDuration(text: string): Result<number, string> {
  const match = /^([1-9][0-9]{0,5})([smhd])$/.exec(text);
  const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? ""];
  if (match?.[1] === undefined || unit === undefined) return err(`"${text}" is no duration: write 30m, 1h or 7d.`);
  return ok(Number(match[1]) * unit);
}

export function usageError(io: Io, message: string, usage: string): ExitCode {
  io.stderr(message);
  io.stderr(usage);
  return ExitCode.Usage;
}

export function failed(io: Io, message: string): ExitCode {
  io.stderr(message);
  return ExitCode.Failed;
}
