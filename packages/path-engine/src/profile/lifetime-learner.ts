/**
 * Learns how long this network's NAT keeps a silent binding: trials on spare sockets, one at a time, until it is known, and
 * then one an hour to see that it is still so. What was learnt is of one network, and forgotten with it.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import { LifetimeSearch } from "./lifetime-search.ts";
import { LifetimeTrial, type TrialResult } from "./lifetime-trial.ts";

/** After a measurement: whoever only looks by is spared the rest. */
const START_MS = 30_000;
/** Something else than the NAT was in the way. */
const UNCLEAR_MS = 60_000;
const CHECK_MS = 3_600_000;

type Deps = {
  readonly randomBytes: (length: number) => Uint8Array;
  readonly openSocket: () => SocketId | undefined;
  readonly closeSocket: (socket: SocketId) => void;
  readonly send: (socket: SocketId, to: Endpoint, bytes: Uint8Array) => void;
  readonly onLearnt: () => void;
};

type Place = { readonly server: Endpoint; readonly mainSocket: SocketId };
type Running = { readonly trial: LifetimeTrial; readonly socket: SocketId; readonly silentMs: number };

export class LifetimeLearner {
  readonly #deps: Deps;
  #search = new LifetimeSearch();
  #place: Place | undefined;
  #running: Running | undefined;
  #lifetimeMs: number | undefined;
  #nextAt = Number.POSITIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Undefined as long as it is not known. */
  get lifetimeMs(): number | undefined {
    return this.#lifetimeMs;
  }

  /** A server answers there. What has begun goes on where it began. */
  watch(place: Place, now: number): void {
    const isFirst = this.#place === undefined;
    this.#place = place;
    if (isFirst) this.#nextAt = now + START_MS;
  }

  /** Another network, or none. */
  forget(): void {
    this.#stop();
    this.#search = new LifetimeSearch();
    this.#place = undefined;
    this.#lifetimeMs = undefined;
    this.#nextAt = Number.POSITIVE_INFINITY;
  }

  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array, now: number): boolean {
    if (this.#running?.trial.onDatagram(socket, from, bytes, now) !== true) return false;
    this.#conclude(now);
    return true;
  }

  tick(now: number): void {
    if (this.#running !== undefined) {
      this.#running.trial.tick(now);
      this.#conclude(now);
    } else if (now >= this.#nextAt) this.#begin(now);
  }

  nextDeadline(): number {
    return this.#running?.trial.nextDeadline() ?? this.#nextAt;
  }

  #begin(now: number): void {
    // Known well enough: does it still survive what it did?
    const silentMs = this.#search.next() ?? this.#search.lifetimeMs;
    const place = this.#place;
    const socket = place === undefined || silentMs === undefined ? undefined : this.#deps.openSocket();
    if (place === undefined || silentMs === undefined || socket === undefined) {
      this.#nextAt = now + CHECK_MS;
      return;
    }
    const { randomBytes, send } = this.#deps;
    const trial = new LifetimeTrial({ ...place, spareSocket: socket, silentMs, randomBytes, send }, now);
    this.#running = { trial, socket, silentMs };
    trial.tick(now);
  }

  #conclude(now: number): void {
    const { trial, silentMs } = this.#running ?? {};
    if (trial?.result === undefined || silentMs === undefined) return;
    this.#stop();
    this.#nextAt = now + this.#take(trial.result, silentMs);
    const { lifetimeMs } = this.#search;
    const isNews = this.#search.next() === undefined || (lifetimeMs ?? 0) < (this.#lifetimeMs ?? 0);
    if (!isNews || lifetimeMs === this.#lifetimeMs) return;
    this.#lifetimeMs = lifetimeMs;
    this.#deps.onLearnt();
  }

  /** How long to wait for the next trial. */
  #take(result: TrialResult, silentMs: number): number {
    switch (result) {
      case "survived":
        this.#search.onSurvived(silentMs);
        break;
      case "died":
        this.#search.onDied(silentMs);
        break;
      case "unclear":
        return UNCLEAR_MS;
      case "unsupported":
        return CHECK_MS;
      default:
        return result satisfies never;
    }
    return this.#search.next() === undefined ? CHECK_MS : 0;
  }

  #stop(): void {
    if (this.#running !== undefined) this.#deps.closeSocket(this.#running.socket);
    this.#running = undefined;
  }
}
