/**
 * Whether a relay still answers, and how far it is. Sans-I/O: every call brings the time.
 *
 *     alive ──a ping is late──▶ suspect ──5 s──▶ dead
 *       ▲                          │
 *       └── anything is heard ─────┘
 *
 * While packets pass and the relay is silent it is asked twice a second, so that a dead one is suspect within
 * {@link QUIET_MS} + {@link MIN_PATIENCE_MS}: time enough left of two seconds for another relay to take over. Suspicion costs
 * nothing but a detour; the connection is given up later, for on a mobile network seconds without a word are everyday.
 */

/** Silence that is worth a question while packets pass. */
const QUIET_MS = 400;
/** How long after the last packet they still count as passing: WireGuard says something every ten seconds at least. */
const PASSING_MS = 10_000;
const IDLE_PING_MS = 10_000;
/** In a row at first: one slow answer would pass for the distance. */
const FIRST_SAMPLES = 4;
/** The distance is the least of so many answers: what is above it was somebody's queue, and queues are no distance. */
const WINDOW = 8;
const MIN_PATIENCE_MS = 600;
const MAX_PATIENCE_MS = 3_000;
const DEAD_MS = 5_000;
/** Of RFC 6298. */
const SMOOTHING = 1 / 8;
const DEVIATION_SMOOTHING = 1 / 4;

export type PulseTick = {
  /** One has to go out now. */
  readonly ping: boolean;
  readonly isDead: boolean;
};

export class RelayPulse {
  #heardAt: number;
  #passedAt = Number.NEGATIVE_INFINITY;
  #pingedAt = Number.NEGATIVE_INFINITY;
  #isPongDue = false;
  readonly #window: number[] = [];
  #smoothedMs: number | undefined;
  #deviationMs = 0;

  /** The relay has just let us in. */
  constructor(now: number) {
    this.#heardAt = now;
  }

  /** Undefined before it is measured. */
  get rttMs(): number | undefined {
    return this.#window.length < FIRST_SAMPLES ? undefined : Math.min(...this.#window);
  }

  onHeard(now: number): void {
    this.#heardAt = now;
  }

  /** A packet, either way. */
  onPassed(now: number): void {
    this.#passedAt = now;
  }

  /** The answer to the last ping. */
  onPong(now: number): void {
    if (!this.#isPongDue) return;
    this.#isPongDue = false;
    this.#sample(now - this.#pingedAt);
  }

  isSuspect(now: number): boolean {
    return this.#isSilent() && now - this.#pingedAt >= this.#patienceMs();
  }

  tick(now: number): PulseTick {
    if (this.#isSilent()) return { ping: false, isDead: now - this.#pingedAt >= DEAD_MS };
    if (now < this.#pingAt()) return { ping: false, isDead: false };
    this.#pingedAt = now;
    this.#isPongDue = true;
    return { ping: true, isDead: false };
  }

  /** When {@link tick} and {@link isSuspect} may say something else. What was heard moves it: it may be early, never late. */
  nextDeadline(now: number): number {
    if (!this.#isSilent()) return this.#pingAt();
    return this.#pingedAt + (this.isSuspect(now) ? DEAD_MS : this.#patienceMs());
  }

  /** Nothing at all since the last ping. */
  #isSilent(): boolean {
    return this.#isPongDue && this.#heardAt <= this.#pingedAt;
  }

  #pingAt(): number {
    if (this.#window.length < FIRST_SAMPLES && !this.#isPongDue) return this.#pingedAt;
    const idleAt = this.#pingedAt + IDLE_PING_MS;
    const quietAt = Math.max(this.#heardAt, this.#pingedAt) + QUIET_MS;
    return quietAt < this.#passedAt + PASSING_MS ? Math.min(quietAt, idleAt) : idleAt;
  }

  #patienceMs(): number {
    return Math.min(MAX_PATIENCE_MS, Math.max(MIN_PATIENCE_MS, (this.#smoothedMs ?? 0) + 4 * this.#deviationMs));
  }

  #sample(rttMs: number): void {
    this.#window.push(rttMs);
    if (this.#window.length > WINDOW) this.#window.shift();
    const before = this.#smoothedMs;
    if (before === undefined) {
      this.#smoothedMs = rttMs;
      this.#deviationMs = rttMs / 2;
      return;
    }
    this.#deviationMs += DEVIATION_SMOOTHING * (Math.abs(rttMs - before) - this.#deviationMs);
    this.#smoothedMs = before + SMOOTHING * (rttMs - before);
  }
}
