/**
 * Whether a packet to our own public endpoint comes back in. Two sockets send to each other's: the first packet may be
 * held back by the other's filter, the one in return has that opened. Silence counts after a second time.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import type { Question, Questions } from "./questions.ts";

export type PublicSocket = { readonly id: SocketId; readonly mapped: Endpoint };

export class HairpinTest {
  static readonly REPEAT_AFTER_MS = 20;
  readonly #questions: Questions;
  #sockets: readonly PublicSocket[] = [];
  #knocks: readonly Question[] = [];
  #isHeard = false;
  #times = 0;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  get verdict(): boolean | undefined {
    if (this.#isHeard) return true;
    return this.#times >= 2 ? false : undefined;
  }

  begin(sockets: readonly PublicSocket[], now: number): void {
    this.#sockets = sockets;
    this.#knock(now);
  }

  repeat(now: number): void {
    if (!this.#isHeard) this.#knock(now);
  }

  /** Whether it is one of ours, wherever it came in. */
  onDatagram(bytes: Uint8Array): boolean {
    const isOurs = this.#questions.isOwnRequest(bytes);
    if (isOurs) this.#isHeard = true;
    return isOurs;
  }

  awaitedUntil(): number {
    return this.#isHeard ? Number.NEGATIVE_INFINITY : this.#questions.awaitedUntil(this.#knocks);
  }

  #knock(now: number): void {
    const [one, other] = this.#sockets;
    if (one === undefined || other === undefined) return;
    const knocks = [
      this.#questions.ask(one.id, other.mapped, now),
      this.#questions.ask(other.id, one.mapped, now),
    ].filter((knock) => knock !== undefined);
    if (knocks.length === 2) this.#times++;
    this.#knocks = [...this.#knocks, ...knocks];
  }
}
