/** `pinhole relay` on a host of the lab, for a dashboard that is told of it by {@link relaySettings}. */
import { join } from "node:path";
import { daemonCommand, pinholeCommand } from "./built.ts";
import type { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";
import type { Server } from "./server.ts";

const PORT = 3478;
const START_MS = 15_000;

export class StandAloneRelay<Name extends string = string> {
  /** The host's name is the relay's. */
  readonly host: Name;
  readonly #lab: Lab<Name>;
  readonly #key: string;
  #process: LabProcess | undefined;

  static async start<Name extends string>(lab: Lab<Name>, host: Name, server: Server): Promise<StandAloneRelay<Name>> {
    const { stdout } = await server.admin("relay-key");
    const relay = new StandAloneRelay(lab, host, stdout.trim());
    await relay.start();
    return relay;
  }

  private constructor(lab: Lab<Name>, host: Name, key: string) {
    this.#lab = lab;
    this.host = host;
    this.#key = key;
  }

  async start(): Promise<void> {
    const flags = [`--name=${this.host}`, `--server-key=${this.#key}`, `--listen=:${PORT}`, ...this.#stateFlags];
    this.#process = this.#lab.spawn(this.host, [...daemonCommand(), "relay", ...flags]);
    await this.#process.waitForLine(/relay listens/, START_MS);
  }

  /** As a power cut would, but for the kernel, which tells the other ends. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  async status(): Promise<{ readonly devices: number; readonly forwardedPackets: number }> {
    const argv = [...pinholeCommand(), "relay", "status", "--json", ...this.#stateFlags] as const;
    const { stdout } = await this.#lab.exec(this.host, argv);
    return JSON.parse(stdout) as { devices: number; forwardedPackets: number };
  }

  get #stateFlags(): string[] {
    return ["--state-dir", join(this.#lab.directory, `relay-${this.host}`)];
  }
}

/** For the dashboard's environment. */
export function relaySettings<Name extends string>(lab: Lab<Name>, hosts: readonly Name[]): Record<string, string> {
  const urls = hosts.map((host) => `${host}=ws://${lab.host(host).publicAddress}:${PORT}`);
  const stun = hosts.map((host) => `${lab.host(host).publicAddress}:${PORT}`);
  return { PINHOLE_RELAYS: urls.join(), PINHOLE_RELAY_STUN: stun.join() };
}
