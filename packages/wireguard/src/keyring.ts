/**
 * The sessions with one peer: the one in use, the one before it, whose packets may still be
 * on their way, and one that we derived as responder and may not use yet.
 *
 *     as initiator: a response authenticates the peer     (new) ──▶ current ──▶ previous ──▶ gone
 *     as responder: wait for a packet in the session      (new) ──▶ next ──confirmed──▶ current ──▶ previous
 *
 * Until the initiator's first packet, a responder cannot know that its response arrived, nor
 * that the initiation was no replay: it keeps sending in the session it has.
 */
import type { Keypair } from "./keypair.ts";

export class Keyring {
  #current: Keypair | undefined;
  #previous: Keypair | undefined;
  #next: Keypair | undefined;
  readonly #discard: (keypair: Keypair) => void;

  /** `discard` is called once for each keypair that leaves. */
  constructor(discard: (keypair: Keypair) => void) {
    this.#discard = discard;
  }

  get current(): Keypair | undefined {
    return this.#current;
  }

  /** True while the peer's own handshake is answered but unconfirmed. */
  get hasNext(): boolean {
    return this.#next !== undefined;
  }

  addAsInitiator(keypair: Keypair): void {
    // The peer may already have what is in `next` as its current session, if both initiated at once.
    const stale = this.#next === undefined ? [this.#previous] : [this.#previous, this.#current];
    this.#previous = this.#next ?? this.#current;
    this.#next = undefined;
    this.#current = keypair;
    this.#discardAll(stale);
  }

  addAsResponder(keypair: Keypair): void {
    const stale = [this.#next, this.#previous];
    this.#next = keypair;
    this.#previous = undefined;
    this.#discardAll(stale);
  }

  /** Called for each authentic packet; true when it confirmed a session that we had answered. */
  confirm(keypair: Keypair): boolean {
    if (keypair !== this.#next) return false;
    const stale = this.#previous;
    this.#previous = this.#current;
    this.#current = this.#next;
    this.#next = undefined;
    this.#discardAll([stale]);
    return true;
  }

  clear(): void {
    const all = [this.#current, this.#previous, this.#next];
    this.#current = undefined;
    this.#previous = undefined;
    this.#next = undefined;
    this.#discardAll(all);
  }

  #discardAll(keypairs: readonly (Keypair | undefined)[]): void {
    for (const keypair of keypairs) if (keypair !== undefined) this.#discard(keypair);
  }
}
