/**
 * Keeps the NAT profile fresh and the main binding open.
 *
 * Measured at the start, when the servers or the network change, and every ten minutes; between those, one Binding
 * request now and then keeps the binding that the candidates name, and notices when it moved.
 */
import { addressFamily, type Endpoint, endpointsEqual, formatEndpoint, toBase64Url } from "@pinhole/protocol";
import type { Candidate, NatProfile, SignedEndpoint } from "@pinhole/protocol/control";
import { isStun } from "@pinhole/protocol/stun";
import { monotonicMs } from "../clock.ts";
import type { Datapath } from "../datapath/contract.ts";
import type { Log } from "../log.ts";
import { type NetcheckReport, type Observed, runNetcheck } from "./netcheck.ts";
import { StunExchange } from "./stun-exchange.ts";
import { resolveStunServers } from "./stun-servers.ts";

const MEASURE_INTERVAL_MS = 10 * 60_000;
/** Well inside the 30 s after which many NATs drop a UDP binding. */
const KEEPALIVE_MS = 20_000;
/** Between two looks at the binding because a path stopped working; many paths may at once. */
const LOOK_SPACING_MS = 1_000;
/** UDP may have been blocked for a moment only: look again sooner than in ten minutes. */
const SILENT_RETRY_MS = 60_000;

type Deps = {
  readonly dashboard: string;
  readonly datapath: Pick<Datapath, "sockets" | "sendDatagram">;
  readonly localAddresses: () => readonly string[];
  readonly now: () => number;
  readonly onChange: () => void;
  readonly log: Log;
};

export class NatWatch {
  readonly #deps: Deps;
  readonly #exchange: StunExchange;
  readonly #keepaliveTimer: NodeJS.Timeout;
  #servers: readonly string[] = [];
  #resolved: readonly Endpoint[] = [];
  #observed: readonly Observed[] = [];
  #profile: NatProfile | null = null;
  #running: Promise<NetcheckReport> | undefined;
  /** Which measurement counts: one that began before the network or the servers changed does not. */
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#exchange = new StunExchange((to, bytes) => {
      const socket = this.#socketOf(addressFamily(to.address));
      if (socket !== undefined) deps.datapath.sendDatagram(socket.id, to, bytes);
    });
    this.#keepaliveTimer = setInterval(() => void this.#keepAlive(), KEEPALIVE_MS);
  }

  get profile(): NatProfile | null {
    return this.#profile;
  }

  /** As resolved for the last measurement. */
  get servers(): readonly Endpoint[] {
    return this.#resolved;
  }

  /** Newest first; an endpoint that is an address of this machine is a host candidate already. */
  get candidates(): Candidate[] {
    const own = this.#deps.localAddresses();
    return this.#observed
      .filter(({ endpoint }) => !own.includes(endpoint.address))
      .map(({ endpoint }) => ({ kind: "server-reflexive", endpoint: formatEndpoint(endpoint) }));
  }

  /** For the dashboard: our word for where we are is not enough to have much sent there. */
  get proofs(): SignedEndpoint[] {
    return this.#observed.flatMap(({ endpoint, proof }) =>
      proof === undefined ? [] : [{ endpoint: formatEndpoint(endpoint), proof: toBase64Url(proof) }],
    );
  }

  /** True when the datagram was an answer of a STUN server. */
  onDatagram(socket: number, from: Endpoint, bytes: Uint8Array): boolean {
    if (!isStun(bytes)) return false;
    if (socket === this.#socketOf(addressFamily(from.address))?.id) this.#exchange.onDatagram(bytes, from);
    return true;
  }

  setServers(servers: readonly string[]): void {
    if (servers.join() !== this.#servers.join()) void this.measure(servers);
  }

  /** The addresses are of another network now, and what is being measured is of the old one. */
  forget(): void {
    this.#observed = [];
    this.#profile = null;
    this.#running = undefined;
    this.#generation++;
  }

  /** One measurement at a time: whoever asks meanwhile gets the one that runs. Never rejects. */
  measure(servers: readonly string[]): Promise<NetcheckReport> {
    if (servers.join() === this.#servers.join() && this.#running !== undefined) return this.#running;
    this.#servers = servers;
    const run = this.#measureOnce(++this.#generation).finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  /** A path does not work any more: our own endpoint may be another than before, and no peer can tell us. */
  look(): void {
    const now = monotonicMs();
    if (now - this.#lookedAt < LOOK_SPACING_MS) return;
    this.#lookedAt = now;
    void this.#keepAlive();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#keepaliveTimer);
    clearTimeout(this.#timer);
    this.#exchange.close();
  }

  async #measureOnce(generation: number): Promise<NetcheckReport> {
    const isStale = (): boolean => this.#isClosed || generation !== this.#generation;
    const family = this.#family();
    const resolved = await resolveStunServers(this.#servers, this.#deps.dashboard);
    const servers = resolved.filter(({ address }) => addressFamily(address) === family);
    if (!isStale()) this.#resolved = servers;
    const report = await runNetcheck({
      exchange: this.#exchange,
      servers,
      local: { addresses: this.#deps.localAddresses(), port: this.#socketOf(family)?.port ?? 0 },
      now: this.#deps.now,
      onObserved: (observed) => {
        if (!isStale()) this.#learn(observed);
      },
    });
    if (isStale()) return report;
    this.#profile = report.profile;
    const { udp, mapping, filtering, publicEndpoints } = report.profile;
    // What was seen before and is not seen now is a binding that the NAT has forgotten.
    if (udp === "ok")
      this.#observed = this.#observed.filter((seen) => publicEndpoints.includes(formatEndpoint(seen.endpoint)));
    this.#deps.log.info("NAT measured", { udp, mapping, filtering });
    this.#deps.onChange();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => void this.measure(this.#servers),
      udp === "ok" ? MEASURE_INTERVAL_MS : SILENT_RETRY_MS,
    );
    return report;
  }

  async #keepAlive(): Promise<void> {
    const [server] = this.#resolved;
    const generation = this.#generation;
    if (server === undefined || this.#running !== undefined) return;
    const outcome = await this.#exchange.ask({ server });
    if (outcome.kind !== "observed" || this.#isClosed || generation !== this.#generation) return;
    const isKnown = this.#observed.some(({ endpoint }) => endpointsEqual(endpoint, outcome.mapped));
    this.#learn({ endpoint: outcome.mapped, proof: outcome.proof });
    // A per-flow NAT shows each server its own port; only where one was seen before is another one news.
    if (!isKnown && this.#profile?.mapping === "endpoint-independent") void this.measure(this.#servers);
  }

  #learn(observed: Observed): void {
    const isSame = (known: Observed) => endpointsEqual(known.endpoint, observed.endpoint);
    const known = this.#observed.find(isSame);
    // Another server may have seen the same without a proof.
    const latest = { endpoint: observed.endpoint, proof: observed.proof ?? known?.proof };
    const isNew = known === undefined;
    this.#observed = [latest, ...this.#observed.filter((each) => !isSame(each))].slice(0, 4);
    if (isNew && !this.#isClosed) this.#deps.onChange();
  }

  /** NATs are IPv4's: IPv6 is measured only on a machine that has nothing else. */
  #family(): 4 | 6 {
    const addresses = this.#deps.localAddresses();
    const isWithoutIpv4 = addresses.length > 0 && addresses.every((address) => addressFamily(address) === 6);
    return isWithoutIpv4 && this.#socketOf(6) !== undefined ? 6 : 4;
  }

  #socketOf(family: 4 | 6): { readonly id: number; readonly port: number } | undefined {
    return this.#deps.datapath.sockets.find((socket) => socket.family === family);
  }
}
