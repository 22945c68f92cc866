/**
 * Two network namespaces joined by a cable, and nothing else: what a tunnel costs is measured on
 * a path that costs next to nothing. Each end has a processor of its own, like two machines. Needs root.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { LabProcess, type ProcessOptions } from "../../natlab/lab-process.ts";
import { type Output, runCommand, type RunOptions } from "../../natlab/run-command.ts";

export type End = "a" | "b";

type Argv = readonly [string, ...string[]];

export const OUTSIDE: Readonly<Record<End, string>> = { a: "10.66.0.1", b: "10.66.0.2" };

/** An ordinary cable's. */
export const WIRE_MTU = 1_500;

const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LOG_LEVEL: "error" };

let wires = 0;

export class Wire implements AsyncDisposable {
  readonly #number = wires++;
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
    return `bench-${process.pid}-${this.#number}-${end}`;
  }

  /** Of what either end sends, at random; from 0 to 1. */
  async setLoss(share: number): Promise<void> {
    const rule = `iifname "eth0" numgen random mod 100 < ${share * 100} drop`;
    for (const end of ["a", "b"] as const) {
      // Each packet has its own luck, and not what is handed to the cable as one.
      ip("-n", this.namespace(end), "link", "set", "eth0", "gso_max_segs", "1");
      await this.exec(end, [
        "nft",
        `table inet loss { chain arriving { type filter hook input priority 0; ${rule} ; } ; }`,
      ]);
    }
  }

  spawn(end: End, argv: Argv, options: ProcessOptions = {}): LabProcess {
    const child = new LabProcess(this.#inside(end, argv), { env: ENVIRONMENT, ...options });
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
