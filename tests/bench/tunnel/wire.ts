/**
 * Two network namespaces joined by a cable, and nothing else: what a tunnel costs is measured on
 * a path that costs next to nothing. Each end has a processor of its own, like two machines. Needs root.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { LabProcess } from "../../natlab/lab-process.ts";
import { type Output, runCommand, type RunOptions } from "../../natlab/run-command.ts";

export type End = "a" | "b";

type Argv = readonly [string, ...string[]];

export const OUTSIDE: Readonly<Record<End, string>> = { a: "10.66.0.1", b: "10.66.0.2" };

/** An ordinary cable's. */
export const WIRE_MTU = 1_500;

const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LOG_LEVEL: "error" };

export class Wire implements AsyncDisposable {
  readonly #processes: LabProcess[] = [];
  readonly #onExit = (): void => this.#dismantle();

  constructor() {
    process.once("exit", this.#onExit);
    for (const end of ["a", "b"] as const) ip("netns", "add", this.namespace(end));
    ip(
      "link",
      "add",
      "eth0",
      "netns",
      this.namespace("a"),
      "type",
      "veth",
      "peer",
      "eth0",
      "netns",
      this.namespace("b"),
    );
    for (const end of ["a", "b"] as const) {
      ip("-n", this.namespace(end), "addr", "add", `${OUTSIDE[end]}/24`, "dev", "eth0");
      for (const name of ["lo", "eth0"]) ip("-n", this.namespace(end), "link", "set", name, "up");
    }
  }

  namespace(end: End): string {
    return `bench-${process.pid}-${end}`;
  }

  spawn(end: End, argv: Argv): LabProcess {
    const child = new LabProcess(this.#inside(end, argv), { env: ENVIRONMENT });
    this.#processes.push(child);
    return child;
  }

  exec(end: End, argv: Argv, options: RunOptions = {}): Promise<Output> {
    return runCommand(this.#inside(end, argv), { env: ENVIRONMENT, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((child) => child.stop()));
    process.off("exit", this.#onExit);
    this.#dismantle();
  }

  #inside(end: End, argv: Argv): Argv {
    const processor = end === "a" ? 0 : availableParallelism() - 1;
    return ["ip", "netns", "exec", this.namespace(end), "taskset", "--cpu-list", String(processor), ...argv];
  }

  #dismantle(): void {
    for (const child of this.#processes) child.kill();
    for (const end of ["a", "b"] as const) ip("netns", "del", this.namespace(end));
  }
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}
