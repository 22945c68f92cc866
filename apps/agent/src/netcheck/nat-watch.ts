/**
 * The NAT profiler at work on the datapath's sockets: names of servers are resolved, effects carried out, and one timer is
 * always at its next deadline.
 */
import { randomBytes } from "node:crypto";
import { NatProfiler, type SocketIds } from "@pinhole/path-engine";
import {
  addressFamily,
  embedIpv4,
  type Endpoint,
  formatEndpoint,
  formatPrefix,
  type Prefix,
  toBase64Url,
} from "@pinhole/protocol";
import type { Candidate, NatProfile, SignedEndpoint } from "@pinhole/protocol/control";
import { monotonicMs } from "../clock.ts";
import type { Datapath } from "../datapath/contract.ts";
import type { Log } from "../log.ts";
import { discoverNat64Prefix } from "./nat64-prefix.ts";
import { resolveStunServers } from "./stun-servers.ts";

const LONGEST_SLEEP_MS = 60_000;

type Deps = {
  readonly dashboard: string;
  readonly datapath: Pick<Datapath, "sockets" | "sendDatagram" | "openSocket" | "closeSocket">;
  /** Shared with whoever else opens sockets in the datapath. */
  readonly socketIds: SocketIds;
  readonly localAddresses: () => readonly string[];
  /** What the router calls its external address, as far as it was asked. */
  readonly routerAddress: () => string | undefined;
  /** @default the system's resolver */
  readonly findNat64Prefix?: () => Promise<Prefix | undefined>;
  /** Milliseconds since the epoch, the server's where known. */
  readonly now: () => number;
  readonly onChange: () => void;
  /** The NAT has another public address than before: what it carried in flows of its own is cut, without a word. */
  readonly onMoved: () => void;
  readonly log: Log;
};

export type NetcheckReport = {
  /** Null where the agent ended before there was one. */
  readonly profile: NatProfile | null;
  readonly answers: readonly {
    readonly server: string;
    readonly observed: string | null;
    readonly rttMs: number | null;
  }[];
};

export class NatWatch {
  readonly #deps: Deps;
  readonly #profiler: NatProfiler;
  #servers: readonly string[] = [];
  #resolved: readonly Endpoint[] = [];
  #nat64Prefix: Prefix | undefined;
  #routerAddress: string | undefined;
  #running: Promise<NetcheckReport> | undefined;
  /** Of those who wait for a measurement. */
  #settle: ((report: NetcheckReport) => void)[] = [];
  /** Which look-up of names counts: the last one. */
  #generation = 0;
  /** Public ones, as they were last seen. */
  #addresses: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { datapath, socketIds } = deps;
    this.#profiler = new NatProfiler({
      now: monotonicMs,
      serverNow: deps.now,
      randomBytes,
      effects: {
        openSocket: (family) => {
          const id = socketIds.take();
          datapath.openSocket(id, family);
          return id;
        },
        closeSocket: (id) => datapath.closeSocket(id),
        send: (id, to, bytes) => datapath.sendDatagram(id, to, bytes),
        onReflexive: (reflexive) => this.#onReflexive(reflexive),
        onProfile: (profile, reflexive) => this.#onProfile(profile, reflexive),
      },
    });
  }

  get profile(): NatProfile | null {
    return this.#profiler.profile;
  }

  /** As resolved for the last measurement. */
  get servers(): readonly Endpoint[] {
    return this.#resolved;
  }

  /** Newest first; an endpoint that is an address of this machine is a host candidate already. */
  get candidates(): Candidate[] {
    const own = this.#deps.localAddresses();
    return this.#profiler.reflexive
      .filter(({ address }) => !own.includes(address))
      .map((endpoint) => ({ kind: "server-reflexive", endpoint: formatEndpoint(endpoint) }));
  }

  /** For the dashboard: our word for where we are is not enough to have much sent there. */
  get proofs(): SignedEndpoint[] {
    return this.#profiler.proofs.map(({ endpoint, proof }) => ({
      endpoint: formatEndpoint(endpoint),
      proof: toBase64Url(proof),
    }));
  }

  onDatagram(socket: number, from: Endpoint, bytes: Uint8Array): void {
    this.#tell((profiler) => profiler.onDatagram(socket, from, bytes));
  }

  onSocket(socket: number, port: number | null): void {
    if (port !== null) this.#tell((profiler) => profiler.onSocketOpened(socket, port));
  }

  setServers(servers: readonly string[]): void {
    if (servers.join() !== this.#servers.join()) void this.measure(servers);
  }

  /** The addresses are of another network now. It is measured with the servers as they are known, before names are. */
  onNetworkChange(): void {
    this.#generation++;
    this.#running = undefined;
    this.#addresses = [];
    this.#tellLocal();
    this.#tell((profiler) => profiler.onNetworkChange());
  }

  /** The router may have said what its own address is, and with it how many NATs there are. */
  onRouter(): void {
    if (this.#deps.routerAddress() === this.#routerAddress) return;
    this.#tellLocal();
    this.#tell((profiler) => profiler.measure());
  }

  /** One measurement at a time: whoever asks meanwhile gets the one that runs. Never rejects. */
  measure(servers: readonly string[]): Promise<NetcheckReport> {
    if (servers.join() === this.#servers.join() && this.#running !== undefined) return this.#running;
    this.#servers = servers;
    this.#running = new Promise((resolve) => this.#settle.push(resolve));
    void this.#begin(++this.#generation);
    return this.#running;
  }

  /** A path does not work any more: our own endpoint may be another than before, and no peer can tell us. */
  look(): void {
    this.#tell((profiler) => profiler.look());
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#profiler.close();
    this.#settleAll();
  }

  async #begin(generation: number): Promise<void> {
    const [resolved, prefix] = await Promise.all([
      resolveStunServers(this.#servers, this.#deps.dashboard),
      this.#family() === 6 ? (this.#deps.findNat64Prefix ?? discoverNat64Prefix)() : undefined,
    ]);
    if (this.#isClosed || generation !== this.#generation) return;
    const family = this.#family();
    this.#nat64Prefix = family === 6 ? prefix : undefined;
    this.#resolved = reachable(resolved, family, this.#nat64Prefix);
    // A measurement of the servers as they were known may be done by now.
    const isWaitedFor = this.#running !== undefined;
    this.#tellLocal();
    this.#tell((profiler) => {
      profiler.setServers(this.#resolved);
      if (isWaitedFor) profiler.measure();
    });
  }

  #onReflexive(reflexive: readonly Endpoint[]): void {
    this.#deps.onChange();
    // In the course of a measurement a NAT with several addresses shows them one after the other.
    if (!this.#profiler.isMeasuring) this.#compareAddresses(reflexive);
  }

  #compareAddresses(reflexive: readonly Endpoint[]): void {
    const [before, after] = [this.#addresses, reflexive.map(({ address }) => address)];
    if (after.length === 0) return;
    this.#addresses = after;
    if (before.length > 0 && !before.some((address) => address === after[0])) this.#deps.onMoved();
  }

  #onProfile(profile: NatProfile, reflexive: readonly Endpoint[]): void {
    const { udp, mapping, filtering, allocation, levels, lifetimeMs } = profile;
    this.#deps.log.info("NAT measured", { udp, mapping, filtering, ports: allocation?.kind, levels, lifetimeMs });
    this.#settleAll();
    this.#deps.onChange();
    this.#compareAddresses(reflexive);
  }

  #settleAll(): void {
    const { profile, answers } = this.#profiler;
    const report: NetcheckReport = {
      profile,
      answers: answers.map(({ server, observed, rttMs }) => ({
        server: formatEndpoint(server),
        observed: observed && formatEndpoint(observed),
        rttMs: rttMs && Math.round(rttMs * 10) / 10,
      })),
    };
    this.#running = undefined;
    for (const settle of this.#settle.splice(0)) settle(report);
  }

  #tellLocal(): void {
    const socket = this.#deps.datapath.sockets.find(({ family }) => family === this.#family());
    this.#routerAddress = this.#deps.routerAddress();
    if (socket === undefined) return;
    this.#profiler.setLocal({
      socket,
      addresses: this.#deps.localAddresses(),
      routerAddress: this.#routerAddress,
      nat64Prefix: this.#nat64Prefix && formatPrefix(this.#nat64Prefix),
    });
  }

  /** NATs are IPv4's: IPv6 is measured only on a machine that has nothing else. */
  #family(): 4 | 6 {
    const addresses = this.#deps.localAddresses();
    const isWithoutIpv4 = addresses.length > 0 && addresses.every((address) => addressFamily(address) === 6);
    return isWithoutIpv4 && this.#deps.datapath.sockets.some(({ family }) => family === 6) ? 6 : 4;
  }

  /** Every call may move the next deadline, so every call goes through here. */
  #tell(call: (profiler: NatProfiler) => void): void {
    if (this.#isClosed) return;
    call(this.#profiler);
    clearTimeout(this.#timer);
    const waitMs = Math.ceil(Math.max(0, this.#profiler.nextDeadline() - monotonicMs()));
    this.#timer = setTimeout(() => this.#tell((profiler) => profiler.tick()), Math.min(LONGEST_SLEEP_MS, waitMs));
  }
}

/** Behind a NAT64 it is the IPv4 servers that show what peers of IPv4 see; those of IPv6 show nothing that the machine does not know. */
function reachable(servers: readonly Endpoint[], family: 4 | 6, nat64Prefix: Prefix | undefined): readonly Endpoint[] {
  const translated =
    nat64Prefix === undefined
      ? []
      : servers
          .filter(({ address }) => addressFamily(address) === 4)
          .map(({ address, port }) => ({ address: embedIpv4(nat64Prefix, address), port }));
  return translated.length > 0 ? translated : servers.filter(({ address }) => addressFamily(address) === family);
}
