/** How many sessions there are and were, in all and by host: what limits go by, and what budgets are checked with. */
import type { AddressId } from "../address-book.ts";

export type HostUsage = { mappingsMade: number; sessionsMade: number; sessions: number };

export class SessionCount {
  readonly #hosts = new Map<AddressId, HostUsage>();
  #sessions = 0;

  /** Some of them may have expired, and not been cleared away yet. */
  get sessions(): number {
    return this.#sessions;
  }

  of(host: AddressId): HostUsage {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const usage = { mappingsMade: 0, sessionsMade: 0, sessions: 0 };
    this.#hosts.set(host, usage);
    return usage;
  }

  total(): HostUsage {
    const total = { mappingsMade: 0, sessionsMade: 0, sessions: 0 };
    for (const usage of this.#hosts.values()) {
      total.mappingsMade += usage.mappingsMade;
      total.sessionsMade += usage.sessionsMade;
      total.sessions += usage.sessions;
    }
    return total;
  }

  madeSession(host: AddressId): void {
    const usage = this.of(host);
    usage.sessionsMade++;
    usage.sessions++;
    this.#sessions++;
  }

  removedSession(host: AddressId): void {
    this.of(host).sessions--;
    this.#sessions--;
  }

  clear(): void {
    for (const usage of this.#hosts.values()) usage.sessions = 0;
    this.#sessions = 0;
  }
}
