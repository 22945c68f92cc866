/**
 * The timers of one peer, as deadlines on the caller's monotonic clock. Nothing here waits:
 * {@link takeDue} is asked at {@link next} and names what has to be done.
 *
 *     retransmit   an initiation was not answered
 *     give-up      … for the whole attempt
 *     keepalive    data came and we had nothing to say
 *     no-answer    data went out and nothing at all came back
 *     persistent   nothing authentic either way for the interval the peer is configured with
 *     zero-keys    no new session for three times the life of one
 */
import { MAX_JITTER_MS } from "./constants.ts";
import type { Limits } from "./limits.ts";

export type DueTimer = "retransmit" | "give-up" | "keepalive" | "no-answer" | "persistent" | "zero-keys";

const NEVER = Number.POSITIVE_INFINITY;

/** Giving up comes before another retry at the same moment. */
const DUE_ORDER = ["give-up", "retransmit", "no-answer", "keepalive", "persistent", "zero-keys"] as const;

/** Keys outlive the session that they may no longer serve by this factor, for packets that crawl. */
const ZERO_KEYS_FACTOR = 3;

type TimersOptions = {
  readonly limits: Limits;
  readonly persistentKeepaliveMs: number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  /** Told each deadline that is set, so that whoever serves many peers need not ask them all. */
  readonly onSet: (deadline: number) => void;
};

export class Timers {
  readonly #limits: Limits;
  readonly #persistentKeepaliveMs: number;
  readonly #random: () => number;
  readonly #onSet: (deadline: number) => void;

  readonly #deadlines: Record<DueTimer, number> = {
    "give-up": NEVER,
    retransmit: NEVER,
    keepalive: NEVER,
    "no-answer": NEVER,
    persistent: NEVER,
    "zero-keys": NEVER,
  };

  constructor({ limits, persistentKeepaliveMs, random, onSet }: TimersOptions) {
    this.#limits = limits;
    this.#persistentKeepaliveMs = persistentKeepaliveMs;
    this.#random = random;
    this.#onSet = onSet;
  }

  get next(): number {
    const { retransmit, keepalive, persistent } = this.#deadlines;
    return Math.min(
      retransmit,
      keepalive,
      persistent,
      this.#deadlines["give-up"],
      this.#deadlines["no-answer"],
      this.#deadlines["zero-keys"],
    );
  }

  /** A handshake is under way: initiations go out until it completes or is given up. */
  get isHandshaking(): boolean {
    return this.#deadlines["give-up"] !== NEVER;
  }

  /** One timer that has run out by `now`, which stops it; undefined when there is none left. */
  takeDue(now: number): DueTimer | undefined {
    for (const timer of DUE_ORDER) {
      if (now < this.#deadlines[timer]) continue;
      this.#deadlines[timer] = NEVER;
      if (timer === "persistent") this.#restartPersistent(now);
      return timer;
    }
    return undefined;
  }

  peerAdded(now: number): void {
    if (this.#persistentKeepaliveMs > 0) this.#set("persistent", now);
  }

  attemptStarted(now: number): void {
    this.#set("give-up", now + this.#limits.rekeyAttemptMs);
  }

  /** The next initiation of this attempt is due then. */
  initiationDue(at: number): void {
    this.#set("retransmit", at);
  }

  initiationSent(now: number): void {
    this.#set("retransmit", now + this.#limits.rekeyTimeoutMs + this.#jitter());
  }

  handshakeEnded(): void {
    this.#deadlines.retransmit = NEVER;
    this.#deadlines["give-up"] = NEVER;
  }

  sessionDerived(now: number): void {
    this.#set("zero-keys", now + ZERO_KEYS_FACTOR * this.#limits.rejectAfterMs);
  }

  /** Whoever gives up still wipes what is left of older sessions. */
  gaveUp(now: number): void {
    if (this.#deadlines["zero-keys"] === NEVER) this.sessionDerived(now);
  }

  dataSent(now: number): void {
    if (this.#deadlines["no-answer"] !== NEVER) return;
    const { keepaliveTimeoutMs, rekeyTimeoutMs } = this.#limits;
    this.#set("no-answer", now + keepaliveTimeoutMs + rekeyTimeoutMs + this.#jitter());
  }

  dataReceived(now: number): void {
    if (this.#deadlines.keepalive === NEVER) this.#set("keepalive", now + this.#limits.keepaliveTimeoutMs);
  }

  authenticSent(now: number): void {
    this.#deadlines.keepalive = NEVER;
    this.#restartPersistent(now);
  }

  authenticReceived(now: number): void {
    this.#deadlines["no-answer"] = NEVER;
    this.#restartPersistent(now);
  }

  stopAll(): void {
    for (const timer of DUE_ORDER) this.#deadlines[timer] = NEVER;
  }

  #restartPersistent(now: number): void {
    if (this.#persistentKeepaliveMs > 0) this.#set("persistent", now + this.#persistentKeepaliveMs);
  }

  #set(timer: DueTimer, deadline: number): void {
    this.#deadlines[timer] = deadline;
    this.#onSet(deadline);
  }

  #jitter(): number {
    return Math.floor(this.#random() * (MAX_JITTER_MS + 1));
  }
}
