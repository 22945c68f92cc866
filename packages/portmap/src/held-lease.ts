/** A lease and its clock: when to renew it, when to ask whether the gateway still knows it, when it is over. */
import type { Lease, MappingProtocol } from "./contract.ts";

/** What a lease without an end is made anew after, as if it had one. */
const ASSUMED_LIFETIME_MS = 7_200_000;
const LONGEST_LIFETIME_MS = 86_400_000;
/** RFC 6887 §11.2.1: no sooner than that, however short the lease. */
const MIN_RENEWAL_GAP_MS = 4_000;
/** How long a router's lost table goes unnoticed. */
const CHECK_INTERVAL_MS = 60_000;
/** Forged announcements cost the gateway no more than one question in so long. */
const MIN_CHECK_GAP_MS = 2_000;

export class HeldLease {
  readonly protocol: MappingProtocol;
  readonly lease: Lease;
  readonly #expiresAt: number;
  #renewAt: number;
  #checkAt: number;
  #checkedAt: number;

  constructor(protocol: MappingProtocol, lease: Lease, now: number) {
    const lifetimeMs = Math.min(lease.lifetimeMs ?? ASSUMED_LIFETIME_MS, LONGEST_LIFETIME_MS);
    this.protocol = protocol;
    this.lease = lease;
    this.#expiresAt = now + lifetimeMs;
    this.#renewAt = now + Math.max(lifetimeMs / 2, MIN_RENEWAL_GAP_MS);
    this.#checkAt = now + CHECK_INTERVAL_MS;
    this.#checkedAt = now;
  }

  get nextDeadline(): number {
    return Math.min(this.#renewAt, this.#checkAt);
  }

  due(now: number): "renewal" | "check" | undefined {
    if (now >= this.#renewAt) return "renewal";
    return now >= this.#checkAt ? "check" : undefined;
  }

  onCheck(now: number): void {
    this.#checkAt = now + CHECK_INTERVAL_MS;
    this.#checkedAt = now;
  }

  /** It may be gone. */
  onAnnouncement(now: number): void {
    this.#checkAt = Math.min(this.#checkAt, Math.max(now, this.#checkedAt + MIN_CHECK_GAP_MS));
  }

  /** A renewal went unanswered. False: it is over before another would be. */
  onSilence(now: number): boolean {
    const left = this.#expiresAt - now;
    if (left <= MIN_RENEWAL_GAP_MS) return false;
    this.#renewAt = now + Math.max(left / 2, MIN_RENEWAL_GAP_MS);
    return true;
  }
}
