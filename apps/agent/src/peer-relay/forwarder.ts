/**
 * Passes on what comes on a lane, and nothing else: one datagram in, at most one out, to where the path engine has proven
 * the lane's receiver. Sans-I/O: every call brings the time, on the server's clock.
 *
 * What is dropped is counted by its reason. The one answer is that the receiver cannot be reached: never longer than its
 * cause, in its place, once a second, and to a proven endpoint as everything here.
 */
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import { encodeOnLane, loadOf } from "@pinhole/protocol/relay";
import { ByteBucket } from "@pinhole/relay";
import type { Lane } from "./lane-table.ts";

/** A hundred megabit a second for each direction of a pair, and twice that for all: the main thread has other work. */
const PAIR_BYTES_PER_SECOND = 12_500_000;
const ALL_BYTES_PER_SECOND = 25_000_000;
const BURST_BYTES = 1_000_000;
const ANSWER_INTERVAL_MS = 1_000;
/** As many as there can be lanes; beyond, the oldest begins anew. */
const MAX_PAIRS = 4_096;

export type Direct = { readonly socket: number; readonly endpoint: Endpoint };
export type ProvenPath = Direct & { readonly isSuspect: boolean };
export type Send = Direct & { readonly bytes: Uint8Array };

export type ForwardDrop = "not-sealed" | "wrong-source" | "over-rate" | "no-path";

export type ForwardCounters = { packets: number; bytes: number; readonly dropped: Record<ForwardDrop, number> };

type Deps = {
  readonly pathTo: (peerId: DeviceId) => ProvenPath | undefined;
  /** Whether the peer has proven that it sends from there. */
  readonly isAddressOf: (peerId: DeviceId, address: string) => boolean;
};

type Use = { readonly bucket: ByteBucket; answeredAt: number };

export class Forwarder {
  readonly counters: ForwardCounters = {
    packets: 0,
    bytes: 0,
    dropped: { "not-sealed": 0, "wrong-source": 0, "over-rate": 0, "no-path": 0 },
  };
  readonly #deps: Deps;
  /** By the lane's ends: another lane for the same pair earns nothing. */
  readonly #uses = new Map<string, Use>();
  #all: ByteBucket | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** What to send, if anything. */
  forward(lane: Lane, datagram: Uint8Array, from: Endpoint, now: number): Send | undefined {
    if (loadOf(datagram)?.kind !== "packet") return this.#drop("not-sealed");
    const back = this.#deps.pathTo(lane.from);
    const isFromSender = back?.endpoint.address === from.address || this.#deps.isAddressOf(lane.from, from.address);
    if (!isFromSender) return this.#drop("wrong-source");
    const use = this.#useOf(lane, now);
    this.#all ??= newBucket(ALL_BYTES_PER_SECOND, now);
    if (!use.bucket.take(datagram.length, now) || !this.#all.take(datagram.length, now)) return this.#drop("over-rate");
    const path = this.#deps.pathTo(lane.to);
    const isAnswerDue = back !== undefined && now - use.answeredAt >= ANSWER_INTERVAL_MS;
    if (path === undefined || (path.isSuspect && isAnswerDue)) {
      this.#drop("no-path");
      if (!isAnswerDue) return undefined;
      use.answeredAt = now;
      return { socket: back.socket, endpoint: back.endpoint, bytes: encodeOnLane(lane.bytes, { kind: "unreachable" }) };
    }
    this.counters.packets++;
    this.counters.bytes += datagram.length;
    return { socket: path.socket, endpoint: path.endpoint, bytes: datagram };
  }

  #drop(reason: ForwardDrop): undefined {
    this.counters.dropped[reason]++;
    return undefined;
  }

  #useOf({ from, to }: Lane, now: number): Use {
    const key = `${from} ${to}`;
    const known = this.#uses.get(key);
    if (known !== undefined) return known;
    const use = { bucket: newBucket(PAIR_BYTES_PER_SECOND, now), answeredAt: Number.NEGATIVE_INFINITY };
    this.#uses.set(key, use);
    const [oldest] = this.#uses.keys();
    if (this.#uses.size > MAX_PAIRS && oldest !== undefined) this.#uses.delete(oldest);
    return use;
  }
}

const newBucket = (bytesPerSecond: number, now: number): ByteBucket =>
  new ByteBucket({ bytesPerSecond, burst: BURST_BYTES, now });
