/**
 * Which protocols the gateway speaks: all are asked at once, and each that answers is told as it does.
 *
 * PCP and NAT-PMP answer within milliseconds or not at all. UPnP gateways answer a search when they please, so one that comes late
 * still counts for as long as the discovery is kept.
 */
import { addressFamily, type Endpoint } from "@pinhole/protocol/net";
import {
  type GatewayNetwork,
  type HttpTarget,
  type MappingProtocol,
  PROTOCOLS,
  type ProtocolName,
} from "./contract.ts";
import { NatPmpProtocol } from "./nat-pmp/nat-pmp-protocol.ts";
import { PcpProtocol } from "./pcp/pcp-protocol.ts";
import { fetchHttp, type Procedure } from "./procedure.ts";
import type { ProcedureRunner } from "./procedure-runner.ts";
import { readDescription, type Service } from "./upnp/description.ts";
import { formatTarget, hostOf, parseLocation } from "./upnp/http-target.ts";
import { IgdProtocol } from "./upnp/igd-protocol.ts";
import { PinholeProtocol } from "./upnp/pinhole-protocol.ts";
import { decodeSearchAnswer, encodeSearch, EVERYTHING, GATEWAY_TARGETS, SSDP_GROUP, SSDP_PORT } from "./upnp/ssdp.ts";

/** The last of them for everything, which gateways that know no better answer, and the whole house too. */
const SEARCH_AT_MS = [0, 500, 1_500] as const;
/** Two seconds that a device may take, after the last search. */
const SETTLED_AFTER_MS = 4_000;
/** Devices that call themselves gateways; whoever answers first must not keep out the default gateway, which has room of its own. */
const MAX_LOCATIONS = 4;

type Deps = {
  readonly network: GatewayNetwork;
  readonly nonce: Uint8Array;
  readonly runner: ProcedureRunner;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly sendDatagram: (to: Endpoint, bytes: Uint8Array) => void;
  readonly onOffer: (offer: MappingProtocol) => void;
};

export class Discovery {
  readonly #deps: Deps;
  readonly #family: 4 | 6;
  readonly #startedAt: number;
  readonly #asked = new Set<ProtocolName>();
  readonly #locations = new Set<string>();
  #examining = 0;
  #searches = 0;

  constructor(deps: Deps) {
    const { network, nonce } = deps;
    this.#deps = deps;
    this.#family = addressFamily(network.local.address);
    this.#startedAt = deps.now();
    this.#probe(new PcpProtocol(network, nonce));
    if (this.#family === 4) this.#probe(new NatPmpProtocol(network));
    this.tick();
  }

  /** Whether something better than `name` may still answer. */
  mayImprove(name: ProtocolName): boolean {
    const better = PROTOCOLS.slice(0, PROTOCOLS.indexOf(name));
    return better.some((each) => this.#asked.has(each)) || (name === "igd1" && this.#examining > 0);
  }

  /** Nothing is to be expected any more; what comes all the same is welcome. */
  get isSettled(): boolean {
    return this.#asked.size === 0 && this.#examining === 0 && this.#elapsed >= SETTLED_AFTER_MS;
  }

  tick(): void {
    const due = SEARCH_AT_MS.filter((at) => at <= this.#elapsed).length;
    if (due <= this.#searches) return;
    this.#searches = due;
    this.#search(due === SEARCH_AT_MS.length ? [...GATEWAY_TARGETS, EVERYTHING] : GATEWAY_TARGETS);
  }

  nextDeadline(): number | undefined {
    const next = SEARCH_AT_MS[this.#searches] ?? SETTLED_AFTER_MS;
    return next === SETTLED_AFTER_MS && this.#elapsed >= SETTLED_AFTER_MS ? undefined : this.#startedAt + next;
  }

  /** From whatever port; true when it was an answer to a search. */
  onDatagram(from: Endpoint, bytes: Uint8Array): boolean {
    const answer = decodeSearchAnswer(bytes);
    if (!answer.ok) return answer.error !== "not-ssdp";
    const { network, runner } = this.#deps;
    const { gateway, onLink } = network;
    const location = parseLocation(answer.value, { speaker: from.address, gateway, onLink });
    if (!location.ok || !this.#hasRoomFor(location.value)) return true;
    this.#locations.add(formatTarget(location.value));
    this.#examining++;
    runner.start(describe(location.value), (found) => {
      this.#examining--;
      this.#offer(found);
    });
    return true;
  }

  #probe(protocol: PcpProtocol | NatPmpProtocol): void {
    this.#asked.add(protocol.name);
    this.#deps.runner.start(protocol.probe(), (isOffered) => {
      this.#asked.delete(protocol.name);
      if (isOffered) this.#deps.onOffer(protocol);
    });
  }

  #search(targets: readonly string[]): void {
    const { network, sendDatagram } = this.#deps;
    // The gateway is asked by itself too: not every switch carries multicast.
    for (const address of [SSDP_GROUP[this.#family], network.gateway]) {
      for (const target of targets) sendDatagram({ address, port: SSDP_PORT }, encodeSearch(target, this.#family));
    }
  }

  #hasRoomFor(location: HttpTarget): boolean {
    if (this.#locations.has(formatTarget(location))) return false;
    const isGateway = location.address === this.#deps.network.gateway;
    return this.#locations.size < (isGateway ? 2 * MAX_LOCATIONS : MAX_LOCATIONS);
  }

  #offer(found: { readonly connections: readonly Service[]; readonly firewall: Service | undefined } | undefined) {
    const { network, randomBytes, onOffer } = this.#deps;
    if (found === undefined) return;
    const [first, ...rest] = found.connections;
    if (this.#family === 6) {
      if (found.firewall !== undefined) onOffer(new PinholeProtocol(network, found.firewall));
    } else if (first !== undefined) onOffer(new IgdProtocol({ network, services: [first, ...rest], randomBytes }));
  }

  get #elapsed(): number {
    return this.#deps.now() - this.#startedAt;
  }
}

function* describe(location: HttpTarget): Procedure<ReturnType<typeof servicesOf>> {
  const headers = { Host: hostOf(location), Connection: "close" };
  const answer = yield* fetchHttp({ to: location, method: "GET", headers, body: "" });
  return answer?.status === 200 ? servicesOf(answer.body, location) : undefined;
}

function servicesOf(body: string, location: HttpTarget) {
  const services = readDescription(body, location);
  return services.ok ? services.value : undefined;
}
