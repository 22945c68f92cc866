/**
 * Which pair of sockets, if any, carries the packets of one peer.
 *
 *                 pong                       pings unanswered
 *     relayed ───────────▶ direct ──────────────────────────────▶ suspect
 *        ▲                 │    ▲                                 │  │
 *        │   better pong,  │    │             pong                │  │
 *        │   same state ◀──┘    └─────────────────────────────────┘  │
 *        └────────────────────── still no pong ──────────────────────┘
 *
 * The relay carries the packets in every state but `direct`; a suspect path carries them
 * too. Only pongs to our own pings move or keep the path: that packets arrive says nothing
 * about the way out.
 *
 * No clock, no I/O: every call brings the time; {@link tick} says what to ping.
 */
import type { PathType } from "@pinhole/protocol/control";
import { IDLE_PING_MS } from "./keepalive.ts";
import type { Pair } from "./pair.ts";
import { type Contender, isBetter, looksBetter, MIN_SAMPLES, rankOf } from "./path-preference.ts";
import { MAX_PATIENCE_MS, patienceOf, Silence } from "./silence.ts";

/** How often the path is pinged while packets are sent on it: what is sent after it died and before that is known may be lost. */
export const ACTIVE_PING_MS = 500;

/** Packets are being sent if the last word of it, which comes once a second, is not older. */
const SENDING_MS = 2_500;

/** While suspect the path is pinged this often, so that its end or its recovery is sure soon. */
const SUSPECT_PING_MS = 250;

/** How long a suspect path has to answer; a slow one gets twice its round trip. */
const SUSPECT_MS = 1_000;

/** No change for a faster path of the same kind sooner than this after the last change. */
const DWELL_MS = 30_000;

export type PathTick = {
  /** Ping the path in use. */
  readonly ping: boolean;
  /** The path has just become suspect: try every other way now. */
  readonly suspected: boolean;
  /** The path is given up. */
  readonly lost: boolean;
};

const NOTHING: PathTick = { ping: false, suspected: false, lost: false };

export class PeerPath {
  readonly #typeOf: (pair: Pair) => PathType;
  #active: Pair | undefined;
  #suspectSince: number | undefined;
  readonly #silence = new Silence();
  /** How often the path is pinged while nothing is sent on it. */
  idlePingMs = IDLE_PING_MS;
  #selectedAt = Number.NEGATIVE_INFINITY;
  #trafficAt = Number.NEGATIVE_INFINITY;
  /** Set to ping before the interval is over. */
  #pingNow = false;
  /** Suspect by somebody else's word, and nobody was told yet. */
  #isDoubted = false;

  constructor(typeOf: (pair: Pair) => PathType) {
    this.#typeOf = typeOf;
  }

  get active(): Pair | undefined {
    return this.#active;
  }

  get isSuspect(): boolean {
    return this.#suspectSince !== undefined;
  }

  /** A pong is overdue: not enough to suspect the path, which loses one now and then. */
  get hasMissed(): boolean {
    return this.#silence.hasLate;
  }

  get selectedAt(): number {
    return this.#selectedAt;
  }

  onTraffic(now: number): void {
    this.#trafficAt = now;
  }

  isSending(now: number): boolean {
    return now - this.#trafficAt < SENDING_MS;
  }

  /** A pong that proved `pair`. True when the path moved to it. */
  onPong(pair: Pair, now: number): boolean {
    const active = this.#active;
    if (pair === active) {
      this.#silence.end();
      this.#suspectSince = undefined;
      return false;
    }
    if (active !== undefined && !this.isSuspect && !this.#mayMove(pair, active, now)) return false;
    this.#select(pair, now);
    return true;
  }

  /** Moves to a pair that is the path's successor, however good the path still is. */
  moveTo(pair: Pair, now: number): void {
    this.#select(pair, now);
  }

  /** A pair that would win if a few more pongs confirmed its round trip: worth pinging again at once. */
  wantsConfirmation(pair: Pair, now: number): boolean {
    const active = this.#active;
    if (active === undefined || pair === active || pair.stats.samples >= MIN_SAMPLES) return false;
    return looksBetter(this.#contender(pair), this.#contender(active), now);
  }

  /** Something says that the path may have changed: ask now instead of at the next interval. */
  check(now: number): void {
    if (this.#active !== undefined && now - this.#active.pingedAt >= SUSPECT_PING_MS) this.#pingNow = true;
  }

  /**
   * The peer sends over the relay. Together with a ping of ours that is late, that is enough: the way to it is in doubt too,
   * and its packets must not be answered into a dead path until we have counted our own misses.
   */
  corroborate(now: number): void {
    const active = this.#active;
    if (active === undefined) return;
    if (isUnanswered(active) && this.#silence.isLate(active.stats.lateAfterMs(), now)) this.doubt(now);
    else if (now - active.pingedAt >= ACTIVE_PING_MS) this.check(now);
  }

  /** The network changed under the path: it has to prove itself, with the relay carrying the packets as well. */
  doubt(now: number): void {
    if (this.#active === undefined) return;
    this.#isDoubted ||= !this.isSuspect;
    this.#suspectSince ??= now;
    this.#pingNow = true;
  }

  /** The path is known to be gone, as when its socket was closed. */
  drop(): void {
    this.#active = undefined;
    this.#suspectSince = undefined;
    this.#silence.end();
    this.#pingNow = false;
    this.#isDoubted = false;
  }

  tick(now: number): PathTick {
    const active = this.#active;
    if (active === undefined) return NOTHING;
    if (now >= this.#deadAt(active)) {
      this.drop();
      return { ping: false, suspected: false, lost: true };
    }
    const isSilent = !this.isSuspect && now >= this.#silence.suspiciousAt(active.stats.lateAfterMs());
    if (isSilent) this.#suspectSince = now;
    const suspected = isSilent || this.#isDoubted;
    this.#isDoubted = false;
    const ping = suspected || this.#pingNow || now >= this.#pingAt(active, now);
    if (!ping) return NOTHING;
    this.#silence.onPing(now);
    this.#pingNow = false;
    return { ping, suspected, lost: false };
  }

  nextDeadline(now: number): number {
    const active = this.#active;
    if (active === undefined) return Number.POSITIVE_INFINITY;
    if (this.#pingNow) return now;
    const suspectAt = this.isSuspect
      ? Number.POSITIVE_INFINITY
      : this.#silence.suspiciousAt(active.stats.lateAfterMs());
    return Math.min(this.#deadAt(active), this.#pingAt(active, now), suspectAt);
  }

  /** Better than the path in use in kind, so that it is worth looking for. */
  isUpgrade(pair: Pair): boolean {
    const active = this.#active;
    return active !== undefined && pair !== active && rankOf(this.#contender(pair)) < rankOf(this.#contender(active));
  }

  #mayMove(pair: Pair, active: Pair, now: number): boolean {
    const challenger = this.#contender(pair);
    const incumbent = this.#contender(active);
    const isBetterKind = rankOf(challenger) < rankOf(incumbent);
    if (!isBetterKind && now - this.#selectedAt < DWELL_MS) return false;
    return isBetter(challenger, incumbent, now);
  }

  #select(pair: Pair, now: number): void {
    this.drop();
    this.#active = pair;
    this.#selectedAt = now;
  }

  #contender(pair: Pair): Contender {
    return { type: this.#typeOf(pair), stats: pair.stats };
  }

  #pingAt(active: Pair, now: number): number {
    if (this.isSuspect) return active.pingedAt + SUSPECT_PING_MS;
    if (isUnanswered(active)) return active.pingedAt + patienceOf(active.stats.lateAfterMs());
    return active.pingedAt + (this.isSending(now) ? ACTIVE_PING_MS : this.idlePingMs);
  }

  #deadAt({ stats }: Pair): number {
    if (this.#suspectSince === undefined) return Number.POSITIVE_INFINITY;
    return this.#suspectSince + Math.max(SUSPECT_MS, 2 * Math.min(stats.lateAfterMs(), MAX_PATIENCE_MS));
  }
}

/** The last ping has no pong, nor has one that left after it. */
function isUnanswered({ pingedAt, answeredUpTo }: Pair): boolean {
  return pingedAt > answeredUpTo;
}
