/**
 * Keeps the NAT profile fresh and the main binding open.
 *
 * Measured at the start, when the servers or the network change, and every ten minutes; between those, one Binding
 * request now and then keeps the binding that the candidates name, and notices when it moved.
 */
import { type Endpoint, endpointsEqual, formatEndpoint } from "@pinhole/protocol";
import type { Candidate, NatProfile } from "@pinhole/protocol/control";
import { isStun } from "@pinhole/protocol/stun";
import type { Datapath } from "../datapath/datapath.ts";
import type { Log } from "../log.ts";
import { type NetcheckReport, runNetcheck } from "./netcheck.ts";
import { StunExchange } from "./stun-exchange.ts";
import { resolveStunServers } from "./stun-servers.ts";

const MEASURE_INTERVAL_MS = 10 * 60_000;
/** Well inside the 30 s after which many NATs drop a UDP binding. */
const KEEPALIVE_MS = 20_000;
/** UDP may have been blocked for a moment only: look again sooner than in ten minutes. */
const SILENT_RETRY_MS = 60_000;

type Deps = {
  readonly dashboard: string;
  readonly datapath: Datapath;
  readonly localAddresses: () => readonly string[];
  readonly now: () => number;
  readonly onChange: () => void;
  readonly log: Log;
};

export class NatWatch {
  readonly #deps: Deps;
  readonly #exchange: StunExchange;
  readonly #socket: { readonly id: number; readonly port: number } | undefined;
  readonly #keepaliveTimer: NodeJS.Timeout;
  #servers: readonly string[] = [];
  #resolved: readonly Endpoint[] = [];
  #observed: readonly Endpoint[] = [];
  #profile: NatProfile | null = null;
  #running: Promise<NetcheckReport> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#socket = deps.datapath.sockets.find(({ family }) => family === 4);
    this.#exchange = new StunExchange((to, bytes) => {
      if (this.#socket !== undefined) deps.datapath.sendDatagram(this.#socket.id, to, bytes);
    });
    this.#keepaliveTimer = setInterval(() => void this.#keepAlive(), KEEPALIVE_MS);
  }

  get profile(): NatProfile | null {
    return this.#profile;
  }

  /** Newest first; an endpoint that is an address of this machine is a host candidate already. */
  get candidates(): Candidate[] {
    const own = this.#deps.localAddresses();
    return this.#observed
      .filter(({ address }) => !own.includes(address))
      .map((endpoint) => ({ kind: "server-reflexive", endpoint: formatEndpoint(endpoint) }));
  }

  /** True when the datagram was an answer of a STUN server. */
  onDatagram(socket: number, from: Endpoint, bytes: Uint8Array): boolean {
    if (!isStun(bytes)) return false;
    if (socket === this.#socket?.id) this.#exchange.onDatagram(bytes, from);
    return true;
  }

  setServers(servers: readonly string[]): void {
    if (servers.join() === this.#servers.join()) return;
    void this.measure(servers);
  }

  /** The addresses are of another network now. */
  forget(): void {
    this.#observed = [];
    this.#profile = null;
  }

  /** One measurement at a time: whoever asks meanwhile gets the one that runs. */
  measure(servers: readonly string[]): Promise<NetcheckReport> {
    if (servers.join() === this.#servers.join() && this.#running !== undefined) return this.#running;
    this.#servers = servers;
    const run = this.#measureOnce().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#keepaliveTimer);
    clearTimeout(this.#timer);
    this.#exchange.close();
  }

  async #measureOnce(): Promise<NetcheckReport> {
    const servers = this.#servers;
    this.#resolved = await resolveStunServers(servers, this.#deps.dashboard);
    const report = await runNetcheck({
      exchange: this.#exchange,
      servers: this.#resolved,
      local: { addresses: this.#deps.localAddresses(), port: this.#socket?.port ?? 0 },
      now: this.#deps.now,
      onObserved: (endpoint) => this.#learn(endpoint),
    });
    if (this.#isClosed || servers !== this.#servers) return report;
    this.#profile = report.profile;
    const { udp, mapping, filtering } = report.profile;
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
    if (server === undefined || this.#running !== undefined) return;
    const outcome = await this.#exchange.ask({ server });
    if (outcome.kind !== "observed" || this.#isClosed) return;
    const isKnown = this.#observed.some((endpoint) => endpointsEqual(endpoint, outcome.mapped));
    this.#learn(outcome.mapped);
    // A per-flow NAT shows each server its own port; only where one was seen before is another one news.
    if (!isKnown && this.#profile?.mapping === "endpoint-independent") void this.measure(this.#servers);
  }

  #learn(endpoint: Endpoint): void {
    const isNew = !this.#observed.some((known) => endpointsEqual(known, endpoint));
    this.#observed = [endpoint, ...this.#observed.filter((known) => !endpointsEqual(known, endpoint))].slice(0, 4);
    if (isNew && !this.#isClosed) this.#deps.onChange();
  }
}
