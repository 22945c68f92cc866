/** What packets that nobody asked for leave behind: ports that are taken towards a stranger, and strangers that are shut out. */
import { addressOf, type AddressId, type EndpointKey } from "../address-book.ts";
import type { DropReason } from "../place.ts";
import type { Unsolicited } from "./options.ts";

export class UnsolicitedRecord {
  readonly #policy: Unsolicited;
  readonly #poisoned = new Map<EndpointKey, Map<EndpointKey, number>>();
  readonly #blacklist = new Map<AddressId, number>();

  constructor(policy: Unsolicited) {
    this.#policy = policy;
  }

  /** Notes such a packet, and says what it is dropped for. */
  note(remote: EndpointKey, outside: EndpointKey, now: number): DropReason {
    switch (this.#policy.kind) {
      case "drop":
      case "reject":
        return "unsolicited";
      case "blacklist":
        this.#blacklist.set(addressOf(remote), now + this.#policy.forMs);
        return "unsolicited";
      case "confirm": {
        const isKnown = this.isPoisoned(outside, { remote, now });
        const remotes = this.#poisoned.get(outside) ?? new Map<EndpointKey, number>();
        this.#poisoned.set(outside, remotes.set(remote, now + this.#policy.forMs));
        return isKnown ? "poisoned" : "unsolicited";
      }
    }
  }

  /** Whether a stranger's packets hold the pair of a public endpoint and theirs, so that nobody inside can have it. */
  isPoisoned(outside: EndpointKey, { remote, now }: { readonly remote: EndpointKey; readonly now: number }): boolean {
    if (this.#poisoned.size === 0) return false;
    return now < (this.#poisoned.get(outside)?.get(remote) ?? 0);
  }

  isBlacklisted(remote: EndpointKey, now: number): boolean {
    return this.#blacklist.size > 0 && now < (this.#blacklist.get(addressOf(remote)) ?? 0);
  }

  sweep(now: number): void {
    for (const [outside, remotes] of this.#poisoned) {
      for (const [remote, until] of remotes) if (now >= until) remotes.delete(remote);
      if (remotes.size === 0) this.#poisoned.delete(outside);
    }
  }

  clear(): void {
    this.#poisoned.clear();
    this.#blacklist.clear();
  }
}
