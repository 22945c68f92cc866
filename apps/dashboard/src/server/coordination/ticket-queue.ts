/**
 * Sessions whose relay ticket has to be made anew because of a policy: a few at each turn of the event loop, so that a
 * thousand signatures keep nobody waiting for what matters more, the filters and the agents' words on them.
 */
import type { Mailbox } from "./mailbox.ts";

/** A few milliseconds of work. */
const PER_TURN = 8;

export class TicketQueue {
  readonly #waiting = new Set<Mailbox>();
  #isRunning = false;

  add(mailbox: Mailbox): void {
    this.#waiting.add(mailbox);
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const mailbox of [...this.#waiting].slice(0, PER_TURN)) {
      this.#waiting.delete(mailbox);
      mailbox.hintTicket();
    }
    this.#isRunning = this.#waiting.size > 0;
    if (this.#isRunning) setImmediate(() => this.#turn());
  }
}
