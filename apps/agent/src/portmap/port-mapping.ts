/**
 * Ports that the routers around this machine open for it: asked for on every network, advertised once the outside has reached
 * them, given back at the end.
 */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { NONCE_BYTES } from "@pinhole/portmap";
import { type Endpoint, formatEndpoint } from "@pinhole/protocol";
import type { Candidate, PortMapping as PortMappingState } from "@pinhole/protocol/control";
import { isStun } from "@pinhole/protocol/stun";
import { monotonicMs } from "../clock.ts";
import type { SessionCalls } from "../control/session-calls.ts";
import type { Datapath } from "../datapath/contract.ts";
import type { Log } from "../log.ts";
import type { Identity } from "../state/identity.ts";
import { AddressWitness } from "./address-witness.ts";
import { type GatewayWay, gatewayWays } from "./gateway-ways.ts";
import { MappedPort, type MappedPortReport } from "./mapped-port.ts";
import { MapperRun } from "./mapper-run.ts";
import { OutsideCheck } from "./outside-check.ts";

/** A default route may come later than the address, and changes without it. */
const POLL_MS = 10_000;
/** A router's slowest protocol, and the way around by the dashboard. */
const SETTLE_MS = 8_000;

type Deps = {
  readonly identity: Pick<Identity, "nodePrivateKey">;
  readonly datapath: Pick<Datapath, "sockets" | "sendDatagram" | "tunName">;
  readonly calls: Pick<SessionCalls, "verifyReachable">;
  readonly dashboard: string;
  readonly stunServers: () => readonly string[];
  /** Other candidates, or another state. */
  readonly onChange: () => void;
  readonly log: Log;
};

export class PortMapping {
  readonly #deps: Deps;
  readonly #witness: AddressWitness;
  readonly #outside: OutsideCheck;
  #timer: NodeJS.Timeout | undefined;
  readonly #nonce: Uint8Array;
  #ways = "";
  #servers = "";
  #ports: readonly MappedPort[] = [];
  #told = "";
  readonly #waiting = new Set<() => void>();

  constructor(deps: Deps) {
    const { datapath, dashboard, stunServers, calls } = deps;
    this.#deps = deps;
    this.#nonce = nonceOf(deps.identity);
    this.#witness = new AddressWitness({ dashboard, servers: stunServers, datapath });
    this.#outside = new OutsideCheck({
      ask: (request) => calls.verifyReachable(request),
      whereSeen: (family) => this.#witness.whereSeen(family),
    });
  }

  /** From now on routers are asked, and changes told. */
  start(): void {
    this.#timer = setInterval(() => this.#look(), POLL_MS);
    this.#look();
  }

  get candidates(): Candidate[] {
    return this.#ports.flatMap(({ endpoint }) =>
      endpoint === undefined ? [] : [{ kind: "mapped", endpoint: formatEndpoint(endpoint) } as const],
    );
  }

  /** What the IPv4 router did; where there is none, the IPv6 one. Undefined while nothing is known. */
  get state(): PortMappingState | undefined {
    return this.#ports[0] === undefined ? "none" : this.#ports[0].state;
  }

  /** What the IPv4 router calls its own address outside; undefined while it has not said. */
  get routerAddress(): string | undefined {
    return this.#ports.find(({ report }) => report.family === 4)?.external?.address;
  }

  get report(): MappedPortReport[] {
    return this.#ports.map(({ report }) => report);
  }

  /** True when the datagram was for this; STUN answers are looked at and passed on. */
  onDatagram(from: Endpoint, bytes: Uint8Array): boolean {
    if (!isStun(bytes)) return false;
    if (this.#outside.onDatagram(bytes)) return true;
    this.#witness.onDatagram(bytes, from);
    return false;
  }

  /** Another network, or the same after a sleep: what routers said before counts for nothing. */
  onNetworkChange(): void {
    this.#ways = "";
    this.#look();
  }

  /** Online: what nobody could be asked about before can be asked about. */
  onOnline(): void {
    for (const port of this.#ports) port.recheck();
  }

  /** Told of STUN servers, which say what is outside. */
  onStunServers(): void {
    const servers = this.#deps.stunServers().join();
    if (servers !== this.#servers) this.onOnline();
    this.#servers = servers;
  }

  /** Asks again those who gave nothing, and waits until all is known. */
  async measure(): Promise<void> {
    const timer = setTimeout(() => this.#wake(), SETTLE_MS);
    const until = monotonicMs() + SETTLE_MS;
    for (const port of this.#ports) {
      port.hurry();
      port.recheck();
    }
    while (monotonicMs() < until && this.#ports.some(({ isSettled }) => !isSettled))
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const ports = this.#ports;
    this.#ports = [];
    this.#witness.close();
    this.#wake();
    await Promise.all(ports.map((port) => port.close()));
  }

  #look(): void {
    const ways = readWays(this.#deps.datapath);
    const text = JSON.stringify(ways);
    if (text === this.#ways) return;
    this.#ways = text;
    for (const port of this.#ports) port.abandon();
    const { log } = this.#deps;
    this.#ports = ways.map(
      (way) =>
        new MappedPort({
          way,
          open: (onChange) => new MapperRun({ way, nonce: this.#nonce, onChange }),
          outside: this.#outside,
          log,
          onChange: () => this.#onChange(),
        }),
    );
    this.#onChange();
  }

  #onChange(): void {
    this.#wake();
    const text = JSON.stringify([this.candidates, this.state]);
    if (text === this.#told) return;
    this.#told = text;
    this.#deps.onChange();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function readWays({ sockets, tunName }: Pick<Datapath, "sockets" | "tunName">): GatewayWay[] {
  const routes = { ipv4: readTable("/proc/net/route"), ipv6: readTable("/proc/net/ipv6_route") };
  return gatewayWays({ routes, interfaces: networkInterfaces(), sockets, ownInterface: tunName });
}

/** Empty where there is no such table: no protocol or no Linux. */
function readTable(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The same for as long as the device lives, and nobody else's: see `PortMapperOptions.nonce`. */
function nonceOf({ nodePrivateKey }: Pick<Identity, "nodePrivateKey">): Uint8Array {
  const mac = createHmac("sha256", nodePrivateKey).update("pinhole pcp nonce").digest();
  return Uint8Array.from(mac.subarray(0, NONCE_BYTES));
}
