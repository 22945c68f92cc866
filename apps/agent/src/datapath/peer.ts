/** One peer as the worker knows it, and when it last told the main thread about it. */
import type { UnprovenPackets } from "@pinhole/path-engine/unproven-packets";
import { type DeviceId, type Endpoint, endpointsEqual } from "@pinhole/protocol/net";
import type { PeerHandle } from "@pinhole/wireguard";
import type { PathKind, Route, Via } from "./contract.ts";
import { innerMtuOf, MIN_INNER_MTU, UNKNOWN_PATH_MTU } from "./inner-mtu.ts";
import type { DirectVia } from "./packet-io.ts";

export const TRAFFIC_SPACING_MS = 1_000;
export const DATA_RECEIVED_SPACING_MS = 100;

/** Who sends too much at once needs no answer to each packet. */
export const TOO_BIG_SPACING_MS = 1;

/** Ways in that are told apart for spacing: a peer on one network has two or three. */
const MAX_VIAS = 8;

type KnownVia = DirectVia & { at: number };

const NO_ROUTE: Route = { relay: false };

/** By the one character that only IPv6 has, since it is asked for every packet. */
export function directKind({ address }: Endpoint): PathKind {
  return address.includes(":") ? "direct_ipv6" : "direct_ipv4";
}

export class Peer {
  readonly id: DeviceId;
  readonly nodeKey: string;
  readonly handle: PeerHandle;
  readonly unproven: UnprovenPackets;
  slot: number;
  addresses: readonly string[];
  innerMtu = MIN_INNER_MTU;
  /** Of its direct path, if it has one. */
  directKind: PathKind = "direct_ipv4";
  #route: Route = NO_ROUTE;
  #pathMtu = UNKNOWN_PATH_MTU;
  /** A packet of WireGuard's was dropped for want of a route: a handshake may be hanging. */
  hasMissedRoute = false;
  /** Its counters changed in this turn. */
  isDirty = false;
  #trafficAt = Number.NEGATIVE_INFINITY;
  #tooBigAt = Number.NEGATIVE_INFINITY;
  #relayAt = Number.NEGATIVE_INFINITY;
  #vias: KnownVia[] = [];
  #last: { readonly via: DirectVia; readonly known: KnownVia } | undefined;

  constructor(options: Pick<Peer, "id" | "nodeKey" | "handle" | "unproven" | "slot" | "addresses">) {
    this.id = options.id;
    this.nodeKey = options.nodeKey;
    this.handle = options.handle;
    this.unproven = options.unproven;
    this.slot = options.slot;
    this.addresses = options.addresses;
  }

  get route(): Route {
    return this.#route;
  }

  set route(route: Route) {
    this.#route = route;
    if (route.direct !== undefined) this.directKind = directKind(route.direct.endpoint);
    this.innerMtu = innerMtuOf(route, this.#pathMtu);
  }

  set pathMtu(bytes: number) {
    this.#pathMtu = bytes;
    this.innerMtu = innerMtuOf(this.#route, bytes);
  }

  /** Whether to tell the host again how long its packets may be. */
  isTooBigDue(now: number): boolean {
    if (now - this.#tooBigAt < TOO_BIG_SPACING_MS) return false;
    this.#tooBigAt = now;
    return true;
  }

  /** Whether to tell of traffic again. */
  isTrafficDue(now: number): boolean {
    if (now - this.#trafficAt < TRAFFIC_SPACING_MS) return false;
    this.#trafficAt = now;
    return true;
  }

  /** Whether to tell again that data came in this way. */
  isDataDue(via: Via, now: number): boolean {
    if (via === "relay") {
      if (now - this.#relayAt < DATA_RECEIVED_SPACING_MS) return false;
      this.#relayAt = now;
      return true;
    }
    const known = this.#knownVia(via);
    if (now - known.at < DATA_RECEIVED_SPACING_MS) return false;
    known.at = now;
    return true;
  }

  #knownVia(via: DirectVia): KnownVia {
    // One way is one object as long as it is the one that packets come by.
    if (this.#last?.via === via) return this.#last.known;
    let known = this.#vias.find(
      ({ socket, endpoint }) => socket === via.socket && endpointsEqual(endpoint, via.endpoint),
    );
    if (known === undefined) {
      known = { ...via, at: Number.NEGATIVE_INFINITY };
      this.#vias = [...this.#vias.slice(1 - MAX_VIAS), known];
    }
    this.#last = { via, known };
    return known;
  }
}
