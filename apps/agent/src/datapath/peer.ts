/** One peer as the worker knows it, and when it last told the main thread about it. */
import { type DeviceId, endpointsEqual } from "@pinhole/protocol/net";
import type { PeerHandle } from "@pinhole/wireguard";
import type { Route, Via } from "./contract.ts";
import type { DirectVia } from "./packet-io.ts";

export const TRAFFIC_SPACING_MS = 1_000;
export const DATA_RECEIVED_SPACING_MS = 100;

/** Ways in that are told apart for spacing: a peer on one network has two or three. */
const MAX_VIAS = 8;

type KnownVia = DirectVia & { at: number };

const NO_ROUTE: Route = { relay: false };

export class Peer {
  readonly id: DeviceId;
  readonly nodeKey: string;
  readonly handle: PeerHandle;
  slot: number;
  addresses: readonly string[];
  route: Route = NO_ROUTE;
  /** A packet of WireGuard's was dropped for want of a route: a handshake may be hanging. */
  hasMissedRoute = false;
  /** Its counters changed in this turn. */
  isDirty = false;
  #trafficAt = Number.NEGATIVE_INFINITY;
  #relayAt = Number.NEGATIVE_INFINITY;
  #vias: KnownVia[] = [];
  #last: { readonly via: DirectVia; readonly known: KnownVia } | undefined;

  constructor(options: Pick<Peer, "id" | "nodeKey" | "handle" | "slot" | "addresses">) {
    this.id = options.id;
    this.nodeKey = options.nodeKey;
    this.handle = options.handle;
    this.slot = options.slot;
    this.addresses = options.addresses;
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
