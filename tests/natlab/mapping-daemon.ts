/** miniupnpd on a router of the lab whose network opens ports: the real thing that answers PCP, NAT-PMP and UPnP at home. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.ts";
import { LabProcess } from "./lab-process.ts";
import { runCommand } from "./run-command.ts";

export const MAPPING_PROTOCOLS = ["pcp", "nat-pmp", "igd2", "igd1"] as const;
export type MappingProtocol = (typeof MAPPING_PROTOCOLS)[number];

const CHAINS = ["opened_forward", "opened_prerouting", "opened_postrouting"] as const;
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

export type MappingDaemonOptions = {
  /** @default all */
  readonly protocols?: readonly MappingProtocol[];
  /** The external address that it names, whatever its own is. */
  readonly claims?: string;
};

export class MappingDaemon {
  readonly #lab: Lab;
  readonly #router: string;
  readonly #protocols: readonly MappingProtocol[];
  readonly #claims: string | undefined;
  #process: LabProcess | undefined;

  /** Ready to answer; it ends with the lab. */
  static async start(lab: Lab, host: string, options: MappingDaemonOptions = {}): Promise<MappingDaemon> {
    const router = lab.host(host).routers[0];
    if (router?.nat.opensPorts !== true) throw new RangeError(`the router of ${host} opens no ports`);
    const daemon = new MappingDaemon(lab, router.name, options);
    await daemon.#silenceTheOthers();
    await daemon.#run();
    return daemon;
  }

  private constructor(lab: Lab, router: string, { protocols = MAPPING_PROTOCOLS, claims }: MappingDaemonOptions) {
    this.#lab = lab;
    this.#router = router;
    this.#protocols = protocols;
    this.#claims = claims;
  }

  /** What is open, one rule each, as nftables writes it. */
  async opened(): Promise<string[]> {
    const { stdout } = await this.#inside(["nft", "list", "chain", "inet", "upnp", "opened_forward"]);
    return stdout.split("\n").flatMap((line) => (line.includes("dport") ? [line.trim()] : []));
  }

  /** As a router that is rebooted: all that was open is forgotten. */
  async restart(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    for (const chain of CHAINS) await this.#inside(["nft", "flush", "chain", "inet", "upnp", chain]);
    await this.#run();
  }

  async #run(): Promise<void> {
    const config = join(this.#lab.directory, `${this.#router}.conf`);
    writeFileSync(config, this.#config());
    // Debug output goes to standard error, in the foreground.
    const argv = ["miniupnpd", "-d", "-f", config, "-P", `${config}.pid`] as const;
    this.#process = new LabProcess(this.#inNamespace(argv), { env: { PATH }, cwd: this.#lab.directory });
    await this.#process.waitForLine(/Listening for NAT-PMP/, 5_000);
  }

  #config(): string {
    const isUpnp = this.#protocols.some((protocol) => protocol.startsWith("igd"));
    const lines = {
      ext_ifname: "wan",
      ext_ifname6: "wan",
      listening_ip: "lan",
      http_port: 0,
      enable_natpmp: "yes",
      enable_upnp: isUpnp ? "yes" : "no",
      force_igd_desc_v1: this.#protocols.includes("igd2") ? "no" : "yes",
      secure_mode: "yes",
      upnp_table_name: "upnp",
      upnp_nat_table_name: "upnp",
      upnp_forward_chain: CHAINS[0],
      upnp_nat_chain: CHAINS[1],
      upnp_nat_postrouting_chain: CHAINS[2],
      uuid: "00000000-0000-0000-0000-000000000001",
      ...(this.#claims === undefined ? {} : { ext_ip: this.#claims }),
    };
    const settings = Object.entries(lines).map(([name, value]) => `${name}=${value}`);
    return `${settings.join("\n")}\nallow 1024-65535 0.0.0.0/0 1024-65535\n`;
  }

  /** It speaks PCP and NAT-PMP or neither; the version, which is the first byte, tells them apart. */
  async #silenceTheOthers(): Promise<void> {
    const versions = { pcp: 2, "nat-pmp": 0 } as const;
    const drops = (["pcp", "nat-pmp"] as const)
      .filter((protocol) => !this.#protocols.includes(protocol))
      .map((protocol) => `udp dport 5351 @th,64,8 ${versions[protocol]} drop`);
    const rules = `table inet silence {
      chain input {
        type filter hook input priority filter
        ${drops.join("\n")}
      }
    }`;
    await this.#inside(["nft", "-f", "-"], rules);
  }

  #inside(argv: readonly [string, ...string[]], stdin = "") {
    return runCommand(this.#inNamespace(argv), { stdin, env: { PATH } });
  }

  #inNamespace(argv: readonly string[]): readonly [string, ...string[]] {
    return ["ip", "netns", "exec", this.#lab.namespace(this.#router), ...argv];
  }
}
