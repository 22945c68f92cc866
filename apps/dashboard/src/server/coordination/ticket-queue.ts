/**
 * Sessions whose relay ticket has to be made anew because of a policy. A thousand signatures keep nobody waiting for what
 * matters more, the filters and the agents' words on them: they begin once no agent has said a word for a moment, or
 * after the longest wait, and are a few at each turn of the event loop.
 */
import type { Mailbox } from "./mailbox.ts";

/** Some milliseconds of work. */
const PER_TURN = 8;
/** Of agents that were all sent a filter at one moment, each says its word sooner than this after another. */
const QUIET_MS = 50;
/** A peer that the policy lets in is not met over the relay until then. */
const LONGEST_WAIT_MS = 1_500;

export class TicketQueue {
  readonly #waiting = new Set<Pick<Mailbox, "hintTicket">>();
  #isRunning = false;
  #beganAt = 0;
  #heardAt = 0;

  add(mailbox: Pick<Mailbox, "hintTicket">): void {
    this.#waiting.add(mailbox);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#beganAt = this.#heardAt = performance.now();
    this.#lookLater();
  }

  /** An agent has said which filter it runs: others may be about to. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** Words that came while the event loop was busy are read between the timer and the look. */
  #lookLater(): void {
    setTimeout(() => setImmediate(() => this.#look()), QUIET_MS).unref();
  }

  #look(): void {
    const at = performance.now();
    if (at - this.#heardAt < QUIET_MS && at - this.#beganAt < LONGEST_WAIT_MS) this.#lookLater();
    else this.#turn();
  }

  #turn(): void {
    for (const mailbox of [...this.#waiting].slice(0, PER_TURN)) {
      this.#waiting.delete(mailbox);
      mailbox.hintTicket();
    }
    this.#isRunning = this.#waiting.size > 0;
    if (this.#isRunning) setImmediate(() => this.#look());
  }
}
