/**
 * How many messages are on their way from one thread to the other. A port between threads has
 * no bound of its own: a flood that one side reads faster than the other takes would otherwise
 * fill memory. Whoever posts counts up, whoever takes counts down, and past the limit what may
 * be lost is lost.
 */
import type { SharedCounters } from "./counters.ts";

/** At 1.4 KB each under 3 MB: more than a relay connection ever holds in flight. */
const LIMIT = 2_048;

const TO_MAIN = 0;
const TO_WORKER = 1;
const WAKE_REQUESTED = 2;

export class Backlog {
  readonly #counts: Int32Array;
  readonly #at: number;

  constructor({ backlog }: SharedCounters, direction: "to-main" | "to-worker") {
    this.#counts = new Int32Array(backlog);
    this.#at = direction === "to-main" ? TO_MAIN : TO_WORKER;
  }

  get isFull(): boolean {
    return Atomics.load(this.#counts, this.#at) >= LIMIT;
  }

  posted(): void {
    Atomics.add(this.#counts, this.#at, 1);
  }

  taken(): void {
    Atomics.sub(this.#counts, this.#at, 1);
  }
}

/** One wake-up for any number of messages: the first to ask makes the system call. */
export class WakeFlag {
  readonly #counts: Int32Array;

  constructor({ backlog }: SharedCounters) {
    this.#counts = new Int32Array(backlog);
  }

  /** True for the one caller who has to wake the worker. */
  request(): boolean {
    return Atomics.exchange(this.#counts, WAKE_REQUESTED, 1) === 0;
  }

  /** Before the messages are taken: one that is posted meanwhile wakes again. */
  clear(): void {
    Atomics.store(this.#counts, WAKE_REQUESTED, 0);
  }
}
