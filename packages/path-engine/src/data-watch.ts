/**
 * Whether a direct path carries data, not probes alone: there are networks that let the small ones through and drop the tunnel's.
 *
 * WireGuard answers within ten seconds of whatever it gets, with an empty packet if there is nothing else. So while packets flow
 * and nothing authentic comes in by a path for longer than that, the path is deaf, whatever its pongs say.
 */
import type { Pair } from "./pair.ts";

/** WireGuard's passive keepalive, and the time it gives a handshake: its own measure of a peer that is gone. */
const DEAF_MS = 15_000;

/** How long a path that was deaf is not used again. */
const SHUN_MS = 60_000;

/** Packets that are farther apart are no flow. */
const FLOW_GAP_MS = 2_500;

export class DataWatch {
  #flowSince = Number.NEGATIVE_INFINITY;
  #flowAt = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;
  #shunned: { readonly address: string; readonly until: number } | undefined;

  /** Inner packets flow. */
  onTraffic(now: number): void {
    if (now - this.#flowAt > FLOW_GAP_MS) this.#flowSince = now;
    this.#flowAt = now;
  }

  /** Authentic data came in by a direct way. */
  onHeard(now: number): void {
    this.#heardAt = now;
  }

  isDeaf(now: number, selectedAt: number): boolean {
    return now >= this.deafAt(selectedAt) && now - this.#flowAt <= FLOW_GAP_MS;
  }

  /** When it is, if nothing comes in until then. */
  deafAt(selectedAt: number): number {
    return Math.max(this.#flowSince, this.#heardAt, selectedAt) + DEAF_MS;
  }

  /** What pongs from there prove is not enough: the way carried them, and no data. Another port of the address is the same way. */
  shun({ endpoint }: Pick<Pair, "endpoint">, now: number): void {
    this.#shunned = { address: endpoint.address, until: now + SHUN_MS };
  }

  /** A path was deaf a while ago. */
  hasShunned(now: number): boolean {
    return this.#shunned !== undefined && now < this.#shunned.until;
  }

  isShunned({ endpoint }: Pick<Pair, "endpoint">, now: number): boolean {
    return this.hasShunned(now) && endpoint.address === this.#shunned?.address;
  }
}
