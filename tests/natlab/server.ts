/**
 * The real dashboard on the lab's server, with a team of its own: what `npm start` runs, and the admin's command line for
 * everything that a person would click.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ADMIN, DASHBOARD, mustHavePages } from "./built.ts";
import type { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";
import type { Output } from "./run-command.ts";
import { SERVER_ADDRESSES } from "./topology.ts";
import { until } from "./until.ts";

export const OWNER = {
  email: "owner@example.net",
  password: "correct horse battery staple",
  team: "Harbour crew",
} as const;
export const TEAM_SLUG = "harbour-crew";
const START_MS = 30_000;

export type ServerOptions = {
  /** @default 3000 */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
};

export class Server implements AsyncDisposable {
  readonly url: string;
  readonly dataDirectory: string;
  readonly #lab: Lab;
  readonly #env: Readonly<Record<string, string>>;
  #process: LabProcess | undefined;

  /** A running dashboard with an owner and a team. */
  static async start(lab: Lab, options: ServerOptions = {}): Promise<Server> {
    const server = new Server(lab, options);
    await server.#setUp();
    await server.start();
    return server;
  }

  /** As after `npm start` on a fresh machine: it prints a set-up code. */
  static async startWithoutOwner(lab: Lab, options: ServerOptions = {}): Promise<Server> {
    const server = new Server(lab, options);
    await server.start();
    return server;
  }

  private constructor(lab: Lab, { port = 3000, env = {} }: ServerOptions) {
    mustHavePages();
    this.#lab = lab;
    this.url = `http://${SERVER_ADDRESSES[0]}:${port}`;
    this.dataDirectory = join(lab.directory, "data");
    mkdirSync(this.dataDirectory, { mode: 0o700 });
    this.#env = {
      NODE_ENV: "production",
      HOST: "0.0.0.0",
      PORT: String(port),
      PINHOLE_URL: this.url,
      PINHOLE_STUN_ADDRESSES: SERVER_ADDRESSES.join(","),
      PINHOLE_STUN_PORT: "3478",
      PINHOLE_DATA_DIR: this.dataDirectory,
      ...env,
    };
  }

  get process(): LabProcess {
    if (!this.#process) throw new Error("the dashboard is not running");
    return this.#process;
  }

  /** Also after {@link kill} or {@link stop}, on the same data. */
  async start(): Promise<void> {
    const child = this.#lab.spawn("server", [process.execPath, DASHBOARD], { env: this.#env });
    this.#process = child;
    await until(
      async () => {
        if (child.exit) throw new Error(await this.#obituary(child));
        const { code } = await this.#lab.exec("server", ["curl", "-fsS", "-m2", `${this.url}/api/health`], {
          allowFailure: true,
        });
        return code === 0 ? true : undefined;
      },
      { timeoutMs: START_MS, what: "the dashboard answers /api/health" },
    );
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
    this.#process = undefined;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  /** The admin's command line. @throws when it fails. */
  admin(...args: string[]): Promise<Output> {
    return this.#lab.exec("server", [process.execPath, ADMIN, ...args], { env: this.#env });
  }

  async createToken(uses: number, tags: readonly string[] = []): Promise<string> {
    const tagged = tags.flatMap((tag) => ["--tag", tag]);
    const options = ["--team", TEAM_SLUG, "--uses", String(uses), ...tagged];
    const { stdout } = await this.admin("token", "create", ...options, "--json");
    return (JSON.parse(stdout) as { token: string }).token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Its last words, and who else is on the machine: a port that is taken says little without its holder. */
  async #obituary({ stdout, stderr }: LabProcess): Promise<string> {
    const sockets = await this.#lab.exec("server", ["ss", "-lntup"], { allowFailure: true });
    return ["the dashboard ended:", ...stdout, ...stderr, sockets.stdout].join("\n");
  }

  async #setUp(): Promise<void> {
    const passwordFile = join(this.#lab.directory, "owner-password");
    writeFileSync(passwordFile, OWNER.password, { mode: 0o600 });
    await this.admin("setup", "--email", OWNER.email, "--password-file", passwordFile, "--team", OWNER.team);
  }
}
