/**
 * Round trip and loss of one pair of sockets, from its pings and pongs.
 *
 * Round trip as TCP estimates it (RFC 6298): a smoothed mean and a smoothed deviation.
 * Loss is counted from the first pong on: what was sent before a NAT let it through says
 * nothing about the path.
 */
/** How many pings the loss ratio looks back on. */
const LOSS_WINDOW = 32;

/** An unanswered ping counts as lost after this; before, it is merely on its way. */
const LOST_AFTER_MS = 2_000;

/** Of so many round trips the shortest is the way's own; the rest is who was busy at either end. */
const RECENT_SAMPLES = 8;

const MEAN_GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;

export class ProbeStats {
  #meanMs: number | undefined;
  #deviationMs = 0;
  #samples = 0;
  readonly #recent: number[] = [];
  /** Pings of the window, oldest first: when sent, or `true` once answered. */
  readonly #outcomes: { readonly sentAt: number; answered: boolean }[] = [];

  get samples(): number {
    return this.#samples;
  }

  get rttMs(): number | undefined {
    return this.#meanMs;
  }

  /** Of the last few. */
  get shortestMs(): number | undefined {
    return this.#recent.length === 0 ? undefined : Math.min(...this.#recent);
  }

  /** When a pong that is still missing is late beyond what this pair's round trips explain. */
  lateAfterMs(): number {
    return (this.#meanMs ?? 0) + 4 * this.#deviationMs;
  }

  onPing(now: number): void {
    if (this.#meanMs === undefined) return;
    this.#outcomes.push({ sentAt: now, answered: false });
    if (this.#outcomes.length > LOSS_WINDOW) this.#outcomes.shift();
  }

  onPong(sentAt: number, now: number): void {
    const rttMs = now - sentAt;
    const outcome = this.#outcomes.find((ping) => ping.sentAt === sentAt && !ping.answered);
    if (outcome !== undefined) outcome.answered = true;
    this.#samples++;
    this.#recent.push(rttMs);
    if (this.#recent.length > RECENT_SAMPLES) this.#recent.shift();
    if (this.#meanMs === undefined) {
      this.#meanMs = rttMs;
      this.#deviationMs = rttMs / 2;
      return;
    }
    this.#deviationMs += DEVIATION_GAIN * (Math.abs(rttMs - this.#meanMs) - this.#deviationMs);
    this.#meanMs += MEAN_GAIN * (rttMs - this.#meanMs);
  }

  /** Null as long as no ping of the window is decided. */
  lossRatio(now: number): number | null {
    const decided = this.#outcomes.filter(({ sentAt, answered }) => answered || now - sentAt >= LOST_AFTER_MS);
    if (decided.length === 0) return null;
    return decided.filter(({ answered }) => !answered).length / decided.length;
  }
}
