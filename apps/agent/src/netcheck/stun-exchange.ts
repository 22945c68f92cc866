/** Carries a sans-I/O STUN client over one socket: effects out, datagrams in, one timer. */
import { randomBytes } from "node:crypto";
import { StunClient, type StunEffect, type StunOutcome, type StunQuery } from "@pinhole/path-engine";
import type { Endpoint } from "@pinhole/protocol";
import { monotonicMs } from "../clock.ts";

export class StunExchange {
  readonly #client = new StunClient({ randomBytes });
  readonly #send: (to: Endpoint, bytes: Uint8Array) => void;
  readonly #waiting = new Map<StunQuery, (outcome: StunOutcome) => void>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(send: (to: Endpoint, bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /** Settles within two seconds: an answer, a refusal, or silence. */
  ask(query: StunQuery): Promise<StunOutcome> {
    return new Promise((resolve) => {
      const asked = this.#isClosed ? undefined : this.#client.ask(query, monotonicMs());
      if (asked?.ok !== true) return resolve({ kind: "silent", query });
      this.#waiting.set(query, resolve);
      this.#carryOut(asked.value);
    });
  }

  onDatagram(bytes: Uint8Array, from: Endpoint): void {
    this.#carryOut(this.#client.onDatagram(bytes, from, monotonicMs()));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const [query, resolve] of this.#waiting) resolve({ kind: "silent", query });
    this.#waiting.clear();
  }

  #carryOut(effects: readonly StunEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") {
        this.#send(effect.to, effect.bytes);
        continue;
      }
      this.#waiting.get(effect.outcome.query)?.(effect.outcome);
      this.#waiting.delete(effect.outcome.query);
    }
    clearTimeout(this.#timer);
    const deadline = this.#client.nextDeadline();
    if (deadline === undefined || this.#isClosed) return;
    this.#timer = setTimeout(
      () => this.#carryOut(this.#client.onTick(monotonicMs())),
      Math.max(0, deadline - monotonicMs()),
    );
  }
}
