/** Two hosts of a lab, each with a datapath that knows the other. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import type { FilterRule } from "@pinhole/protocol/policy";
import { generateKeyPair } from "@pinhole/wireguard";
import { RUNTIME_FLAGS } from "../../apps/agent/src/daemon/runtime-flags.ts";
import type { DatapathConfig, Route } from "../../apps/agent/src/datapath/datapath.ts";
import type { Command, Event } from "./datapath-host.ts";
import { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";

const PROGRAM = fileURLToPath(new URL("./datapath-host.ts", import.meta.url));

export const RANGES = ["100.90.16.0/20", "fd12:3456:789a::/48"];
export const ADDRESSES = {
  a: ["100.90.16.1", "fd12:3456:789a::1"],
  b: ["100.90.16.2", "fd12:3456:789a::2"],
} as const;
export const IDS: Readonly<Record<Side, DeviceId>> = { a: `dev_${"a".repeat(32)}`, b: `dev_${"b".repeat(32)}` };
export const EVERYTHING: readonly FilterRule[] = [{ src: RANGES, dst: RANGES, allow: [{ protocol: null }] }];

export type Side = "a" | "b";

export type PairOptions = {
  readonly filter?: Partial<Record<Side, readonly FilterRule[]>>;
  /** Sides that run without an interface. */
  readonly userspace?: readonly Side[];
  readonly isPortable?: boolean;
  /** On one LAN, where a neighbour can send what no router would forward. */
  readonly isLan?: boolean;
};

export class DatapathPair implements AsyncDisposable {
  readonly lab: Lab<Side>;
  readonly #hosts: Readonly<Record<Side, DatapathHost>>;
  readonly #options: PairOptions;

  static async open(options: PairOptions = {}): Promise<DatapathPair> {
    const lab = await Lab.create<Side>({
      hosts: options.isLan
        ? { a: { network: "eim-apdf" }, b: { lanOf: "a" } }
        : { a: { network: "public" }, b: { network: "public" } },
    });
    try {
      const a = await DatapathHost.start(lab, "a", options);
      const b = await DatapathHost.start(lab, "b", options);
      const pair = new DatapathPair(lab, { a, b }, options);
      pair.configure("a");
      pair.configure("b");
      return pair;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(lab: Lab<Side>, hosts: Readonly<Record<Side, DatapathHost>>, options: PairOptions) {
    this.lab = lab;
    this.#hosts = hosts;
    this.#options = options;
  }

  host(side: Side): DatapathHost {
    return this.#hosts[side];
  }

  configure(side: Side, change: Partial<DatapathConfig> = {}): void {
    const other = side === "a" ? "b" : "a";
    this.#hosts[side].tell({
      do: "configure",
      config: {
        peers: [{ id: IDS[other], nodeKey: this.#hosts[other].nodeKey, addresses: ADDRESSES[other] }],
        filter: this.#options.filter?.[side] ?? EVERYTHING,
        selfAddresses: ADDRESSES[side],
        ranges: RANGES,
        ...change,
      },
    });
  }

  /** Both ways over each other's real address, or both over the relay. */
  route(way: "direct" | "relay"): void {
    for (const [side, other] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const endpoint: Endpoint = { address: this.lab.host(other).address, port: this.#hosts[other].port };
      const route: Route = way === "relay" ? { relay: true } : { relay: false, direct: { socket: 0, endpoint } };
      this.#hosts[side].tell({ do: "route", peerId: IDS[other], route });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}

export class DatapathHost {
  readonly process: LabProcess;
  readonly nodeKey: string;
  readonly port: number;
  readonly how: string;

  static start(lab: Lab<Side>, side: Side, { userspace = [], isPortable = false }: PairOptions): Promise<DatapathHost> {
    const socket = path.join(lab.directory, "relay.sock");
    const args = [
      side === "a" ? `--listen=${socket}` : `--connect=${socket}`,
      ...(isPortable ? ["--portable"] : []),
      ...(userspace.includes(side) ? [] : ["--tun=pinhole0"]),
    ];
    return DatapathHost.spawn((argv) => lab.spawn(side, argv), side, args);
  }

  static async spawn(
    spawn: (argv: readonly [string, ...string[]]) => LabProcess,
    side: Side,
    args: readonly string[],
  ): Promise<DatapathHost> {
    const key = Buffer.from(generateKeyPair().privateKey).toString("hex");
    const peer = IDS[side === "a" ? "b" : "a"];
    const process_ = spawn([process.execPath, ...RUNTIME_FLAGS, PROGRAM, `--key=${key}`, `--peer=${peer}`, ...args]);
    return new DatapathHost(process_, await eventOf(process_, "open"));
  }

  private constructor(process_: LabProcess, open: Event & { is: "open" }) {
    this.process = process_;
    this.nodeKey = open.nodeKey;
    this.port = open.ports[0] ?? 0;
    this.how = open.how;
  }

  tell(command: Command): void {
    this.process.write(`${JSON.stringify(command)}\n`);
  }

  async ping(peerId: DeviceId, seq: number, timeoutMs = 5_000): Promise<unknown> {
    this.tell({ do: "ping", peerId, seq, timeoutMs });
    return (await eventOf(this.process, "pong", (pong) => pong.seq === seq)).reply;
  }

  async openSocket(id: number): Promise<number | null> {
    this.tell({ do: "open-socket", id, family: 4 });
    return (await eventOf(this.process, "socket", (socket) => socket.id === id)).port;
  }

  /** What is neither WireGuard's nor nobody's, once so many have come. */
  datagrams(count: number): Promise<readonly (Event & { is: "datagram" })[]> {
    return this.process.waitFor(
      () => {
        const heard = eventsOf(this.process, "datagram");
        return heard.length >= count ? heard : undefined;
      },
      { timeoutMs: 5_000, what: `${count} datagrams` },
    );
  }

  async stats(): Promise<Event & { is: "stats" }> {
    const known = eventsOf(this.process, "stats").length;
    this.tell({ do: "stats" });
    return this.process.waitFor(() => eventsOf(this.process, "stats")[known], { timeoutMs: 5_000, what: "stats" });
  }

  error(code: string): Promise<Event & { is: "error" }> {
    return eventOf(this.process, "error", (error) => error.code === code);
  }

  async close(): Promise<void> {
    this.tell({ do: "close" });
    await this.process.exited;
  }
}

function eventsOf<Is extends Event["is"]>(process_: LabProcess, is: Is): (Event & { is: Is })[] {
  return process_.stdout
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Event)
    .filter((event): event is Event & { is: Is } => event.is === is);
}

function eventOf<Is extends Event["is"]>(
  process_: LabProcess,
  is: Is,
  matches: (event: Event & { is: Is }) => boolean = () => true,
): Promise<Event & { is: Is }> {
  return process_.waitFor(() => eventsOf(process_, is).find(matches), { timeoutMs: 10_000, what: `"${is}"` });
}
