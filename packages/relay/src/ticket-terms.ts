/**
 * Whether a ticket is good at a moment, also while the server that renews tickets is away.
 *
 * A relay that stands alone hears of the server by its tickets only. While any of them is fresh the server is there, and
 * who has no fresh one is not to have one. When even the newest has run out, the server has fallen silent: time stands
 * still at its last word, and whoever it had let in stays in, for `outageMs` at most.
 */
import { TICKET_LIFETIME_MS } from "./issue-ticket.ts";

export class TicketTerms {
  readonly #outageMs: number;
  /** The latest end of any ticket that the server signed. */
  #lastWord = 0;

  /** @param outageMs 0: a ticket is good until it says, whatever has become of the server. */
  constructor(outageMs: number) {
    this.#outageMs = outageMs;
  }

  /** A ticket whose signature is the server's. */
  hear(expiresAt: number): void {
    this.#lastWord = Math.max(this.#lastWord, expiresAt);
  }

  isGood(expiresAt: number, now: number): boolean {
    if (now < expiresAt) return true;
    if (now >= expiresAt + this.#outageMs) return false;
    // Whatever was good when the server fell silent ends less than a lifetime before its last word.
    return Math.min(now, this.#lastWord) < expiresAt + TICKET_LIFETIME_MS;
  }
}
