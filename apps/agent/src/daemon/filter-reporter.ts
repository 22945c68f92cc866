/** Tells the dashboard which filter this device runs: once a session, and whenever it is another one. */
import type { FilterRule } from "@pinhole/protocol/policy";
import { hashFilter } from "../control/hash-filter.ts";
import type { Delivery } from "../control/session-calls.ts";

export class FilterReporter {
  readonly #send: (hash: string) => Promise<Delivery>;
  #filter: readonly FilterRule[] | undefined;
  #said: readonly FilterRule[] | undefined;

  constructor(send: (hash: string) => Promise<Delivery>) {
    this.#send = send;
  }

  /** A new session: what an earlier one was told does not count. */
  begin(filter: readonly FilterRule[] | undefined): void {
    this.#filter = filter;
    this.#said = undefined;
    this.#report();
  }

  /** It runs from now on. */
  changed(filter: readonly FilterRule[]): void {
    this.#filter = filter;
    this.#report();
  }

  #report(): void {
    const filter = this.#filter;
    if (filter === undefined || filter === this.#said) return;
    this.#said = filter;
    void this.#send(hashFilter(filter)).then((delivery) => {
      // The next filter, or the next session, says it.
      if (delivery !== "delivered" && this.#said === filter) this.#said = undefined;
    });
  }
}
