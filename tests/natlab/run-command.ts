/** Runs a command to its end. */
import { LabProcess, type ProcessOptions } from "./lab-process.ts";

export type Output = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = ProcessOptions & {
  readonly timeoutMs?: number;
  /** By default a command that fails throws what it said. */
  readonly allowFailure?: boolean;
};

const DEFAULT_TIMEOUT_MS = 20_000;

/** @throws when the command fails or takes too long. */
export async function runCommand(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Output> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, allowFailure = false, stdin = "", ...rest } = options;
  return finish(new LabProcess(argv, { stdin, ...rest }), { timeoutMs, allowFailure, what: argv.join(" ") });
}

async function finish(
  child: LabProcess,
  { timeoutMs, allowFailure, what }: { timeoutMs: number; allowFailure: boolean; what: string },
): Promise<Output> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill();
  }, timeoutMs);
  const { code } = await child.exited;
  clearTimeout(timer);
  const output = { code: code ?? 128, stdout: child.stdout.join("\n"), stderr: child.stderr.join("\n") };
  if (late) throw new Error(`${what} took longer than ${timeoutMs} ms\n${output.stderr}`);
  if (output.code !== 0 && !allowFailure) throw new Error(`${what} failed with ${output.code}\n${output.stderr}`);
  return output;
}
