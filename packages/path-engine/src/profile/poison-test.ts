/**
 * Whether a stranger's packet that comes before ours takes the port from us: Linux keeps such packets in mind where it accepts
 * them to itself, and sends ours to that stranger from another port, where no peer looks for us.
 *
 *     server's other address ──▶ socket    which asked for it, and the filter held it back
 *     socket ──▶ server's other address    from the port that the first address saw, or from another one?
 *
 * Says something only of a NAT that shows both addresses the same port otherwise. The socket is closed afterwards, so that no
 * peer is met on a port that was taken.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { PublicSocket } from "./hairpin-test.ts";
import type { Question, Questions } from "./questions.ts";

export class PoisonTest {
  readonly #questions: Questions;
  #before: Endpoint | undefined;
  #question: Question | undefined;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /** `other`: where the packet that was held back came from. */
  begin({ id, mapped }: PublicSocket, other: Endpoint, now: number): void {
    this.#before = mapped;
    this.#question = this.#questions.ask(id, other, now);
  }

  /** Undefined where it was not tried, or not answered. */
  get verdict(): boolean | undefined {
    const after = this.#question?.answer?.mapped;
    // Of several public addresses any may be next, whatever came in before.
    if (after === undefined || after.address !== this.#before?.address) return undefined;
    return after.port !== this.#before.port;
  }

  awaitedUntil(): number {
    return this.#questions.awaitedUntil(this.#question === undefined ? [] : [this.#question]);
  }
}
