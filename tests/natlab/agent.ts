/**
 * The real agent on a host of the lab, driven by its command line alone. Its types are the part of the contract with
 * scripts that the tests rely on, stated here a second time on purpose.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { daemonCommand, pinholeCommand } from "./built.ts";
import type { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";
import type { Output, RunOptions } from "./run-command.ts";
import { until } from "./until.ts";

export type PeerStatus = {
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly online: boolean;
  readonly path: {
    readonly kind: "direct" | "relay" | "none";
    readonly type?: "lan" | "ipv6" | "punched" | "mapped";
    readonly endpoint?: string;
    readonly relay?: string;
    readonly rttMs?: number;
    readonly since: string;
  };
  readonly reason?: { readonly code: string; readonly side?: string; readonly measured: boolean };
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly lastHandshakeAt: string | null;
};

export type AgentStatus = {
  readonly self: {
    readonly id: string;
    readonly name: string;
    readonly addresses: readonly string[];
    readonly online: boolean;
    readonly problem?: string;
    readonly relaying?: { readonly lanes: number; readonly packets: number; readonly bytes: number };
  };
  readonly peers: readonly PeerStatus[];
};

export type PingReply = {
  readonly seq: number;
  readonly rttMs: number | null;
  readonly path: "direct" | "relay" | "none";
  readonly endpoint?: string;
};

export type AgentOptions<Name extends string> = {
  readonly host: Name;
  /** Of the device. @default the host's */
  readonly name?: string;
  readonly server: string;
  readonly token: string;
  /** No interface: only `pinhole ping` goes through the tunnel. */
  readonly userspace?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** A file that stands for the kernel's own, so that a test can say that the machine was asleep. */
  readonly uptimeFile?: string;
};

const ONLINE_MS = 60_000;
/** Each question is a program that starts: asked more often, they would be most of the load. */
const ASK_INTERVAL_MS = 250;

export class Agent<Name extends string = string> {
  readonly host: Name;
  readonly name: string;
  readonly #lab: Lab<Name>;
  readonly #options: AgentOptions<Name>;
  readonly #stateDirectory: string;
  #process: LabProcess | undefined;
  #address = "";

  /** Enrolled and online. */
  static async start<Name extends string>(lab: Lab<Name>, options: AgentOptions<Name>): Promise<Agent<Name>> {
    const agent = new Agent(lab, options);
    const child = agent.up(options.token);
    // Says so by itself. Asking again and again instead would be most of the load where many start at once.
    await child.waitForLine(/ online /, ONLINE_MS);
    await agent.untilOnline();
    return agent;
  }

  constructor(lab: Lab<Name>, options: AgentOptions<Name>) {
    this.#lab = lab;
    this.#options = options;
    this.host = options.host;
    this.name = options.name ?? options.host;
    const agents = join(lab.directory, "agents");
    mkdirSync(agents, { recursive: true, mode: 0o700 });
    this.#stateDirectory = join(agents, this.name);
  }

  /** Its IPv4 address in the overlay. Known once online. */
  get address(): string {
    return this.#address;
  }

  get process(): LabProcess {
    if (!this.#process) throw new Error(`${this.name} is not running`);
    return this.#process;
  }

  /** Begins to run; without a token as it does on every start but the first, and then only told where its dashboard is when that changes. */
  up(token?: string, server = token === undefined ? undefined : this.#options.server): LabProcess {
    const { userspace = false, env = {}, uptimeFile } = this.#options;
    const where = server === undefined ? [] : ["--server", server];
    const joining = token === undefined ? [] : ["--token", "-"];
    const mode = userspace ? ["--userspace"] : [];
    const args = ["up", "--foreground", "--name", this.name, ...where, ...joining, ...mode, ...this.#stateFlags];
    const argv = [...(uptimeFile === undefined ? [] : withUptime(uptimeFile)), ...daemonCommand(), ...args];
    const child = this.#lab.spawn(this.host, argv as [string, ...string[]], { stdin: token ?? "", env });
    this.#process = child;
    return child;
  }

  async untilOnline(timeoutMs = ONLINE_MS): Promise<AgentStatus> {
    return this.untilStatus(({ self }) => self.online, { timeoutMs, what: `${this.name} is online` });
  }

  /** The first status that is as wanted. @throws when the agent ends or the time is over, with what it logged. */
  async untilStatus(
    isWanted: (status: AgentStatus) => boolean,
    patience: { readonly timeoutMs: number; readonly what: string },
  ): Promise<AgentStatus> {
    let last: AgentStatus | undefined;
    try {
      return await until(
        async () => {
          if (this.process.exit) throw new Error(`${this.name} ended with ${this.process.exit.code}`);
          last = await this.tryStatus();
          return last !== undefined && isWanted(last) ? last : undefined;
        },
        { ...patience, intervalMs: ASK_INTERVAL_MS },
      );
    } catch (error) {
      const log = this.process.stderr.slice(-40).join("\n");
      throw new Error(`${(error as Error).message}\n${JSON.stringify(last, undefined, 2)}\n${log}`);
    }
  }

  async status(): Promise<AgentStatus> {
    return parseStatus(await this.cli("status", "--json"));
  }

  /** Undefined while it does not answer. */
  async tryStatus(): Promise<AgentStatus | undefined> {
    const output = await this.run(["status", "--json"], { allowFailure: true });
    if (output.code !== 0) return undefined;
    const status = parseStatus(output);
    this.#address = status.self.addresses.find((address) => address.includes(".")) ?? "";
    return status;
  }

  async peer(name: string): Promise<PeerStatus> {
    const { peers } = await this.status();
    const peer = peers.find((candidate) => candidate.name === name);
    if (!peer) throw new Error(`${this.name} knows no peer ${name}`);
    return peer;
  }

  /** Waits until the peer's row is as wanted. */
  async untilPeer(
    name: string,
    isWanted: (peer: PeerStatus) => boolean,
    patience: { readonly timeoutMs: number; readonly what: string },
  ): Promise<PeerStatus> {
    const status = await this.untilStatus(
      ({ peers }) => peers.some((peer) => peer.name === name && isWanted(peer)),
      patience,
    );
    return status.peers.find((peer) => peer.name === name)!;
  }

  /** `pinhole ping`. Without `untilDirect`, one echo. */
  async ping(
    peer: string,
    { untilDirect = false, timeoutS = 10 }: { readonly untilDirect?: boolean; readonly timeoutS?: number } = {},
  ): Promise<PingReply[]> {
    const mode = untilDirect ? ["--until-direct"] : ["-c", "1"];
    const { stdout } = await this.run(["ping", peer, "--json", "--timeout", String(timeoutS), ...mode], {
      allowFailure: true,
      timeoutMs: (timeoutS + 10) * 1_000,
    });
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as PingReply]));
  }

  /** @throws when the command fails. */
  cli(...args: string[]): Promise<Output> {
    return this.run(args);
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Output> {
    return this.#lab.exec(this.host, [...pinholeCommand(), ...args, ...this.#stateFlags], options);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  get #stateFlags(): string[] {
    return ["--state-dir", this.#stateDirectory];
  }
}

/** Each program of the lab has mounts of its own, so nobody else sees this one. */
function withUptime(file: string): string[] {
  return ["sh", "-c", 'mount --bind "$0" /proc/uptime && exec "$@"', file];
}

function parseStatus({ stdout }: Output): AgentStatus {
  return JSON.parse(stdout) as AgentStatus;
}
