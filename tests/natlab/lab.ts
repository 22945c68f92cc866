/**
 * A small internet on this machine: hosts behind NATs of stated behaviour, a server with two
 * public addresses, links with delay and loss that can be changed or cut while programs run.
 * Needs root and Linux. It takes itself down when it is disposed of, when the process
 * exits, and, if neither happened, when the next lab starts.
 *
 *     await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { network: "random" } } });
 *     const server = lab.spawn("server", ["node", "server.ts"]);
 *     await server.waitForLine(/listening/, 5_000);
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dismantle, labDirectory, sweepDeadLabs } from "./dismantle.ts";
import { accessRules, type Block, SHIM_DEVICE } from "./internet-rules.ts";
import { nextLabName } from "./lab-name.ts";
import { LabProcess, type ProcessOptions } from "./lab-process.ts";
import { move, type NetworkChange, renumber } from "./network-change.ts";
import { natTable } from "./router-rules.ts";
import { type Output, runCommand, type RunOptions } from "./run-command.ts";
import { creationBatch, nodeScripts } from "./scripts.ts";
import type { Shape } from "./shim/shaper.ts";
import { Shim } from "./shim/shim.ts";
import { addressOf, farEnd, type HostPlan, type HostSpec, planTopology, type Topology } from "./topology.ts";
import { sumSessions, sumTraffic, type Traffic } from "./traffic.ts";

export type LinkSettings = Shape & {
  /** What is cut off at the host's own cable; `udp-to-peers` leaves UDP to the server alone. */
  readonly block?: Block;
};

export type PathSettings = Shape & { readonly block?: Exclude<Block, "udp-to-peers"> };

export type LabOptions<Name extends string> = {
  readonly hosts: Readonly<Record<Name, HostSpec & { readonly link?: LinkSettings }>>;
  readonly serverLink?: LinkSettings;
  /** Routers between two edges of the internet, each of which takes one off the TTL. */
  readonly hops?: number;
  /** Of lost packets and jitter. */
  readonly seed?: number;
};

export type TrafficQuestion = {
  readonly protocol?: "udp" | "tcp";
  /** On the LAN of `from`, or across the internet. */
  readonly over?: "internet" | "lan";
  /** All that was sent, what of it came through, and what of that is long enough to be data. @default "arrived" */
  readonly what?: "sent" | "arrived" | "bulky";
};

type Argv = readonly [string, ...string[]];

const FLUSH = fileURLToPath(new URL("./conntrack-flush.ts", import.meta.url));

export class Lab<Name extends string = string> implements AsyncDisposable {
  readonly name: string;
  /** For files of the test; goes with the lab. */
  readonly directory: string;
  #topology: Topology;
  readonly #hops: number;
  readonly #seed: number;
  readonly #links = new Map<string, LinkSettings>();
  readonly #paths = new Map<string, PathSettings>();
  readonly #onExit = (): void => dismantle(this.name);
  #shim: Shim | undefined;
  #disposed = false;
  #changes = 0;

  static async create<Name extends string>(options: LabOptions<Name>): Promise<Lab<Name>> {
    if (process.getuid?.() !== 0) throw new Error("a lab needs root, because it makes network namespaces");
    sweepDeadLabs();
    const lab = new Lab<Name>(options);
    try {
      await lab.#build();
      await lab.#applyInitialLinks(options);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  private constructor({ hosts, hops = 1, seed = 1 }: LabOptions<Name>) {
    if (!Number.isInteger(hops) || hops < 1 || hops > 60) throw new RangeError("hops is 1 to 60");
    this.#topology = planTopology(hosts);
    this.#hops = hops;
    this.#seed = seed;
    this.name = nextLabName();
    this.directory = labDirectory(this.name);
    process.once("exit", this.#onExit);
  }

  /** Addresses and routers of a host. */
  host(name: Name | "server"): HostPlan {
    const { server, hosts } = this.#topology;
    const host = name === "server" ? server : hosts.find((candidate) => candidate.name === name);
    if (!host) throw new RangeError(`the lab has no host ${name}`);
    return host;
  }

  /** For `ip netns exec` by hand. */
  namespace(node: string): string {
    return `${this.name}-${node}`;
  }

  /** Runs a command on a host to its end. @throws when it fails, unless `allowFailure`. */
  exec(host: Name | "server", argv: Argv, options: RunOptions = {}): Promise<Output> {
    return runCommand(this.#inside(this.host(host).name, argv), this.#withEnvironment(options));
  }

  /** Starts a program on a host; it ends with the lab at the latest, and its children too. */
  spawn(host: Name | "server", argv: Argv, options: ProcessOptions = {}): LabProcess {
    return new LabProcess(this.#inside(this.host(host).name, argv), this.#withEnvironment(options));
  }

  /**
   * Changes the given settings of a host's link and keeps the others. Delay, loss and MTU are
   * those of its crossing of the internet, so hosts behind one router share them; `block` is
   * the host's alone.
   */
  async setLink(name: Name | "server", settings: LinkSettings): Promise<void> {
    const host = this.host(name);
    this.#links.set(name, { ...this.#links.get(name), ...settings });
    if (settings.block !== undefined) await this.#blockAccess(host, settings.block);
    await this.#shape();
  }

  /**
   * Changes what is between two hosts, on top of what their links do. `block` also cuts a LAN
   * that they share; the rest is a matter of the internet.
   */
  async setPath(a: Name | "server", b: Name | "server", settings: PathSettings): Promise<void> {
    const key = [a, b].sort().join(" ");
    this.#paths.set(key, { ...this.#paths.get(key), ...settings });
    if (settings.block !== undefined) await this.#blockPath(this.host(a), this.host(b), settings.block);
    await this.#shape();
  }

  /** What `from` sent to `to`, told apart by their public addresses. */
  async traffic(from: Name | "server", to: Name | "server", question: TrafficQuestion = {}): Promise<Traffic> {
    const { protocol = "udp", over = "internet", what = "arrived" } = question;
    const [source, destination] = [this.host(from), this.host(to)];
    const node = over === "lan" ? source.routers[0]?.name : "internet";
    if (!node) throw new RangeError(`${from} has no LAN`);
    const addresses = over === "lan" ? insideAddresses : publicAddresses;
    if (over === "lan" && what !== "arrived") throw new RangeError("a LAN counts what has arrived");
    const set = [over === "lan" ? "bridge" : "ip", "watch", what === "arrived" ? "traffic" : what];
    const { stdout } = await this.#run(node, ["nft", "-j", "list", "set", ...set]);
    return sumTraffic(stdout, { protocol, from: addresses(source), to: addresses(destination) });
  }

  /** Both directions. Zero means that nothing they exchanged went directly. */
  async udpBytesBetween(
    a: Name | "server",
    b: Name | "server",
    over: "internet" | "lan" = "internet",
  ): Promise<number> {
    const [there, back] = await Promise.all([this.traffic(a, b, { over }), this.traffic(b, a, { over })]);
    return there.bytes + back.bytes;
  }

  /**
   * How many UDP flows with another host, or with anybody, the router has had to remember since the lab began; of two
   * routers, the busier one. Without a router or a firewall there are none.
   */
  async natSessions(of: Name, towards?: Name | "server"): Promise<number> {
    const { name, firewall, routers } = this.host(of);
    const nodes = firewall ? [name] : routers.map((router) => router.name);
    const addresses = towards && publicAddresses(this.host(towards));
    const counts = nodes.map(async (node) => {
      const { stdout } = await this.#run(node, ["nft", "-j", "list", "set", "ip", "sessions", "begun"]);
      return sumSessions(stdout, addresses);
    });
    return Math.max(0, ...(await Promise.all(counts)));
  }

  /** Every router of the host, or its own firewall, forgets all it knows: a reboot of the box. */
  async flushConntrack(name: Name): Promise<void> {
    const host = this.host(name);
    for (const { name: router, nat, uplink } of host.routers) {
      await this.#nft(router, `table ip nat\ndelete table ip nat\n${natTable(nat, addressOf(uplink))}`);
    }
    const nodes = host.firewall ? [host.name] : host.routers.map((router) => router.name);
    await Promise.all(nodes.map((node) => this.#run(node, [process.execPath, FLUSH])));
  }

  /** The provider gives the host's outermost router, or the host itself, another address; the router forgets all flows. */
  async renumber(name: Name): Promise<void> {
    await this.#change(renumber({ topology: this.#topology, n: ++this.#changes }, this.host(name)));
    await this.flushConntrack(name);
  }

  /** Unplugs the host from its LAN and plugs it into another's. It has no network in between, and another address after. */
  async move(name: Name, { lanOf }: { readonly lanOf: Name }): Promise<void> {
    const [host, to] = [this.host(name), this.host(lanOf)];
    const namespace = (node: string): string => this.namespace(node);
    await this.#change(move({ topology: this.#topology, n: ++this.#changes }, { host, to, namespace }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    process.off("exit", this.#onExit);
    dismantle(this.name);
  }

  async #build(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const batch = creationBatch(this.#topology, (node) => this.namespace(node));
    await runCommand(["ip", "-batch", "-"], { stdin: batch, env: { PATH: systemPath() } });
    const scripts = nodeScripts(this.#topology, this.#hops);
    await Promise.all(scripts.map(({ node, script }) => this.#run(node, ["sh"], script)));
  }

  async #applyInitialLinks({ hosts, serverLink }: LabOptions<Name>): Promise<void> {
    if (serverLink) this.#links.set("server", serverLink);
    for (const { name } of this.#topology.hosts) {
      const link = hosts[name as Name].link;
      if (link) this.#links.set(name, link);
    }
    for (const [name, { block }] of this.#links) {
      if (block) await this.#blockAccess(this.host(name as Name), block);
    }
    await this.#shape();
  }

  async #change({ topology, steps }: NetworkChange): Promise<void> {
    this.#topology = topology;
    await this.#shape();
    for (const { node, script } of steps) {
      if (node === undefined) await runCommand(["sh"], this.#withEnvironment({ stdin: script }));
      else await this.#run(node, ["sh"], script);
    }
  }

  async #shape(): Promise<void> {
    const links: Record<string, Shape> = {};
    for (const [name, link] of this.#links) {
      if (!isShaped(link)) continue;
      for (const address of publicAddresses(this.host(name as Name))) links[address] = link;
    }
    const paths: Record<string, Shape> = {};
    for (const [pair, path] of this.#paths) {
      const [a, b] = pair.split(" ") as [Name, Name];
      if (!isShaped(path)) continue;
      for (const [from, to] of addressPairs(this.host(a), this.host(b))) paths[`${from} ${to}`] = path;
    }
    const shaped = new Set([...Object.keys(links), ...Object.keys(paths).flatMap((pair) => pair.split(" "))]);
    if (shaped.size === 0 && !this.#shim) return;
    this.#shim ??= new Shim(SHIM_DEVICE, this.#seed, (argv) => this.#spawnIn("internet", argv));
    await this.#shim.apply({ links, paths });
    const elements = shaped.size > 0 ? `add element ip watch shaped { ${[...shaped].join(", ")} }` : "";
    await this.#nft("internet", `flush set ip watch shaped\n${elements}`);
  }

  #blockAccess(host: HostPlan, block: Block): Promise<Output> {
    const { node, device } = farEnd(host.name, host.uplink);
    const servers = [...publicAddresses(this.#topology.server)];
    return this.#nft(node, accessRules({ device, host: host.name, block, servers }));
  }

  async #blockPath(a: HostPlan, b: HostPlan, block: Exclude<Block, "udp-to-peers">): Promise<void> {
    await this.#setCut("internet", block, addressPairs(a, b));
    const lan = a.routers[0];
    if (lan && lan === b.routers[0]) await this.#setCut(lan.name, block, [[a.address, b.address]]);
  }

  #setCut(
    node: string,
    block: Exclude<Block, "udp-to-peers">,
    pairs: readonly (readonly [string, string])[],
  ): Promise<Output> {
    const table = node === "internet" ? "ip watch" : "bridge watch";
    const elements = [...new Set(pairs.flatMap(([from, to]) => [`${from} . ${to}`, `${to} . ${from}`]))].join(", ");
    // Added before it is deleted, so that deleting cannot fail: the whole input is one transaction.
    const commands = (["udp", "everything"] as const).map((kind) => {
      const set = `element ${table} cut_${kind} { ${elements} }`;
      return block === kind ? `add ${set}` : `add ${set}\ndelete ${set}`;
    });
    return this.#nft(node, commands.join("\n"));
  }

  #nft(node: string, rules: string): Promise<Output> {
    return this.#run(node, ["nft", "-f", "-"], rules);
  }

  #run(node: string, argv: Argv, stdin = ""): Promise<Output> {
    return runCommand(this.#inside(node, argv), this.#withEnvironment({ stdin }));
  }

  #spawnIn(node: string, argv: Argv): LabProcess {
    return new LabProcess(this.#inside(node, argv), this.#withEnvironment({}));
  }

  #inside(node: string, argv: Argv): Argv {
    if (this.#disposed) throw new Error(`${this.name} has been taken down`);
    // `ip` becomes the program, so the process is the program's own.
    return ["ip", "netns", "exec", this.namespace(node), ...argv];
  }

  #withEnvironment<T extends ProcessOptions>(options: T): T {
    const env = { PATH: systemPath(), HOME: this.directory, LANG: "C.UTF-8", ...options.env };
    return { cwd: this.directory, ...options, env };
  }
}

function isShaped({ delayMs, jitterMs, loss, mtu }: Shape): boolean {
  return Boolean(delayMs || jitterMs || loss || mtu);
}

/** Those of its past too, so that what was counted stays counted. */
function publicAddresses(host: HostPlan): Set<string> {
  if (host.name === "server" && host.uplink.kind === "internet") return new Set(host.uplink.addresses);
  return new Set([host.publicAddress, ...host.formerAddresses]);
}

function insideAddresses(host: HostPlan): Set<string> {
  return new Set([host.address]);
}

function addressPairs(a: HostPlan, b: HostPlan): [string, string][] {
  return [...publicAddresses(a)].flatMap((from) => [...publicAddresses(b)].map((to): [string, string] => [from, to]));
}

/** Root's tools live in /sbin, which a plain user's PATH lacks. */
function systemPath(): string {
  return `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`;
}
