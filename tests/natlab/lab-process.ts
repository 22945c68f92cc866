/** A program running on a host of the lab, and the lines it has printed. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ProcessOptions = {
  /** Added to a plain environment: nothing of the test runner's own leaks into programs. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written at the start; standard input is then closed. Without it, it stays open for {@link LabProcess.write}. */
  readonly stdin?: string;
};

/** Enough for any test; what a chatty program printed before that is forgotten. */
const MAX_LINES = 50_000;
const TAIL = 25;

export class LabProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #child: ChildProcess;
  readonly #label: string;
  readonly #watchers = new Set<() => void>();
  #exit: Exit | undefined;

  constructor(argv: readonly [string, ...string[]], { env = {}, cwd, stdin }: ProcessOptions) {
    const [command, ...args] = argv;
    this.#label = argv.join(" ");
    // The programs of the lab get this environment and nothing of ours; NODE_ENV, which Next's types ask for, is not set.
    const child = spawn(command, args, { env: env as NodeJS.ProcessEnv, stdio: "pipe", ...(cwd && { cwd }) });
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.exited = new Promise((resolve) => {
      const finish = (exit: Exit): void => {
        this.#exit = exit;
        resolve(exit);
        for (const check of this.#watchers) check();
      };
      // "close" comes after the last line was read; "error" when there is nothing to run.
      child.once("close", (code, signal) => finish({ code, signal }));
      child.once("error", (error) => {
        this.stderr.push(error.message);
        finish({ code: 127, signal: null });
      });
    });
    this.#collect(child.stdout, this.stdout);
    this.#collect(child.stderr, this.stderr);
    // A program that ends before it has read its input is not an error of the test's.
    child.stdin.on("error", () => {});
    if (stdin !== undefined) child.stdin.end(stdin);
  }

  /** Undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The first line of either stream that matches, printed already or later. */
  async waitForLine(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    return this.waitFor(() => firstMatch(pattern, this.stdout) ?? firstMatch(pattern, this.stderr), {
      timeoutMs,
      what: `a line like ${pattern}`,
    });
  }

  /** Asks after every line; the answer is the first value that is not undefined. */
  async waitFor<T>(ask: () => T | undefined, { timeoutMs, what }: { timeoutMs: number; what: string }): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const check = (): void => {
      let answer: T | undefined;
      try {
        answer = ask();
      } catch (error) {
        return reject(error);
      }
      if (answer !== undefined) resolve(answer);
      else if (this.#exit)
        reject(this.#complaint(`exited with ${this.#exit.signal ?? this.#exit.code} before ${what}`));
    };
    const timer = setTimeout(() => reject(this.#complaint(`did not print ${what} within ${timeoutMs} ms`)), timeoutMs);
    this.#watchers.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(check);
    }
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    if (!this.#exit) this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL for one that does not listen. */
  async stop(graceMs = 5_000): Promise<Exit> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill(), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  #collect(stream: Readable, lines: string[]): void {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > MAX_LINES) lines.splice(0, MAX_LINES / 2);
      for (const check of this.#watchers) check();
    });
  }

  #complaint(what: string): Error {
    const tail = [...this.stdout.slice(-TAIL), ...this.stderr.slice(-TAIL)].map((line) => `    ${line}`);
    return new Error([`${this.#label} ${what}; its last lines:`, ...tail].join("\n"));
  }
}

function firstMatch(pattern: RegExp, lines: readonly string[]): RegExpExecArray | undefined {
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  for (const line of lines) {
    const match = stateless.exec(line);
    if (match) return match;
  }
  return undefined;
}
