/** The built agent, by its command line alone, with a state directory of its own and no interface. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentStatus, PingReply } from "../natlab/agent.ts";

export type Output = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** What is shipped, so not the sources: `npm run build` makes it. */
export const BUNDLE = fileURLToPath(new URL("../../apps/agent/dist/pinhole.js", import.meta.url));

const TIMEOUT_MS = 40_000;

export class Program implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "pinhole-agent-"));
  readonly stateDirectory: string;

  constructor() {
    this.stateDirectory = join(this.directory, "state");
  }

  run(args: readonly string[], options: { readonly stdin?: string } = {}): Promise<Output> {
    return runProgram([...args, "--state-dir", this.stateDirectory], options);
  }

  async up(dashboard: { url: string }, token: string, ...more: string[]): Promise<Output> {
    return this.run(["up", "--server", dashboard.url, "--token", "-", "--userspace", ...more], { stdin: token });
  }

  async status(): Promise<AgentStatus> {
    return JSON.parse((await this.run(["status", "--json"])).stdout) as AgentStatus;
  }

  async ping(
    peer: string,
    ...more: string[]
  ): Promise<{ readonly code: number | null; readonly replies: PingReply[] }> {
    const { code, stdout } = await this.run(["ping", peer, "--json", ...more]);
    return {
      code,
      replies: stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as PingReply])),
    };
  }

  /** `pinhole VERB | READER`, and the exit code of `pinhole`. */
  pipe(verb: string, reader: string): Promise<Output> {
    const script = `set -o pipefail; "$0" "$1" ${verb} --state-dir "$2" | ${reader}`;
    return finish(spawn("bash", ["--norc", "-c", script, process.execPath, BUNDLE, this.stateDirectory], SPAWN), "");
  }

  get log(): string {
    return readFileSync(join(this.stateDirectory, "pinhole.log"), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(["down"]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** These run in the machine's own network, whose router is nobody's to ask: what routers are asked is the lab's to test. */
const QUIET = { PINHOLE_CONFIG: "/dev/null", PINHOLE_PORT_MAPPING: "0" };

const SPAWN = {
  env: { PATH: process.env["PATH"] ?? "", ...QUIET } as unknown as NodeJS.ProcessEnv,
  timeout: TIMEOUT_MS,
};

function runProgram(args: readonly string[], { stdin = "" }: { readonly stdin?: string } = {}): Promise<Output> {
  return finish(spawn(process.execPath, [BUNDLE, ...args], SPAWN), stdin);
}

function finish(child: ChildProcessWithoutNullStreams, stdin: string): Promise<Output> {
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => (output[stream] += text));
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...output })));
}
