/**
 * Counters that the worker writes and the main thread reads without a message for either.
 *
 * Each number is a float64 at its own aligned place with one writer: exact up to 2^53, and read
 * whole by every processor that Node runs on. A peer's numbers stand in the slot that the main
 * thread gave it; nobody minds if they are of slightly different moments.
 */
import { PATH_KINDS, type PathKind, type PathTraffic, type PeerStats } from "./contract.ts";
import { DROP_REASONS, type DropReason, OUTBOUND_REASONS } from "./drop-reason.ts";

const RX_BYTES = 0;
const TX_BYTES = 1;
const RX_PACKETS = 2;
const TX_PACKETS = 3;
const LAST_HANDSHAKE_AT = 4;
const SLOT_NUMBERS = 5;
/** Of one way, in the order of a peer's. */
const PATH_NUMBERS = 4;

/** Twice as many as a netmap has peers: one that goes keeps its slot while the one that replaces it gets another. */
export const COUNTER_SLOTS = 10_000;

const DROP_INDEX: ReadonlyMap<DropReason, number> = new Map(DROP_REASONS.map((reason, at) => [reason, at]));

const PATH_INDEX = { direct_ipv4: 0, direct_ipv6: 1, relay: 2 } satisfies Record<PathKind, number>;

export type SharedCounters = {
  readonly peers: SharedArrayBuffer;
  readonly paths: SharedArrayBuffer;
  /** Twice as many as there are reasons: inbound, then outbound. */
  readonly drops: SharedArrayBuffer;
  /** See backlog.ts. */
  readonly backlog: SharedArrayBuffer;
};

/** Zero pages that nobody has written take no memory. */
export function newSharedCounters(): SharedCounters {
  return {
    peers: new SharedArrayBuffer(COUNTER_SLOTS * SLOT_NUMBERS * Float64Array.BYTES_PER_ELEMENT),
    paths: new SharedArrayBuffer(PATH_KINDS.length * PATH_NUMBERS * Float64Array.BYTES_PER_ELEMENT),
    drops: new SharedArrayBuffer(2 * DROP_REASONS.length * Float64Array.BYTES_PER_ELEMENT),
    backlog: new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT),
  };
}

/** The worker's end. */
export class CounterWriter {
  readonly #peers: Float64Array;
  readonly #paths: Float64Array;
  readonly #drops: Float64Array;

  constructor({ peers, paths, drops }: SharedCounters) {
    this.#peers = new Float64Array(peers);
    this.#paths = new Float64Array(paths);
    this.#drops = new Float64Array(drops);
  }

  drop(reason: DropReason, count = 1, isOutbound = OUTBOUND_REASONS.has(reason)): void {
    const at = (DROP_INDEX.get(reason) ?? 0) + (isOutbound ? DROP_REASONS.length : 0);
    this.#drops[at] = (this.#drops[at] ?? 0) + count;
  }

  /** One sealed packet. */
  crossed(kind: PathKind, bytes: number, isOutbound: boolean): void {
    const at = PATH_INDEX[kind] * PATH_NUMBERS + (isOutbound ? 1 : 0);
    this.#paths[at + RX_BYTES] = (this.#paths[at + RX_BYTES] ?? 0) + bytes;
    this.#paths[at + RX_PACKETS] = (this.#paths[at + RX_PACKETS] ?? 0) + 1;
  }

  write(
    slot: number,
    stats: Omit<PeerStats, "lastHandshakeAt"> & { readonly lastHandshakeAt: number | undefined },
  ): void {
    const at = slot * SLOT_NUMBERS;
    this.#peers[at + RX_BYTES] = stats.rxBytes;
    this.#peers[at + TX_BYTES] = stats.txBytes;
    this.#peers[at + RX_PACKETS] = stats.rxPackets;
    this.#peers[at + TX_PACKETS] = stats.txPackets;
    this.#peers[at + LAST_HANDSHAKE_AT] = stats.lastHandshakeAt ?? 0;
  }
}

/** The main thread's end. */
export class CounterReader {
  readonly #peers: Float64Array;
  readonly #paths: Float64Array;
  readonly #drops: Float64Array;

  constructor({ peers, paths, drops }: SharedCounters) {
    this.#peers = new Float64Array(peers);
    this.#paths = new Float64Array(paths);
    this.#drops = new Float64Array(drops);
  }

  read(slot: number): PeerStats {
    const number = (at: number): number => this.#peers[slot * SLOT_NUMBERS + at] ?? 0;
    return {
      rxBytes: number(RX_BYTES),
      txBytes: number(TX_BYTES),
      rxPackets: number(RX_PACKETS),
      txPackets: number(TX_PACKETS),
      lastHandshakeAt: number(LAST_HANDSHAKE_AT) || null,
    };
  }

  paths(): Readonly<Record<PathKind, PathTraffic>> {
    const read = (kind: PathKind): PathTraffic => {
      const number = (at: number): number => this.#paths[PATH_INDEX[kind] * PATH_NUMBERS + at] ?? 0;
      return {
        rxBytes: number(RX_BYTES),
        txBytes: number(TX_BYTES),
        rxPackets: number(RX_PACKETS),
        txPackets: number(TX_PACKETS),
      };
    };
    return { direct_ipv4: read("direct_ipv4"), direct_ipv6: read("direct_ipv6"), relay: read("relay") };
  }

  drops(isOutbound: boolean): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(
      DROP_REASONS.flatMap((reason, at) => {
        const count = this.#drops[at + (isOutbound ? DROP_REASONS.length : 0)] ?? 0;
        return count === 0 ? [] : [[reason, count] as const];
      }),
    );
  }
}
