/**
 * When the dashboard is asked for lanes: where a peer would best be reached through another device, and again before they
 * end. Sans-I/O: every call brings the time, on the server's clock.
 */
import type { DeviceId } from "@pinhole/protocol";

/** Two fifths of a lane's life are left for its successor to come. */
const RENEW_BEFORE_MS = 120_000;
/** Between questions that came to nothing. */
const RETRY_MS = 5_000;
const MAX_KNOWN = 1_000;

/** `endsAt`: of the lane that there is. */
type Wanted = { readonly peerId: DeviceId; readonly via: DeviceId; readonly endsAt: number | undefined };

export class LaneRequests {
  readonly #askedAt = new Map<string, number>();

  /** True when it is time to ask; it then counts as asked. */
  isDue({ peerId, via, endsAt }: Wanted, now: number): boolean {
    if (endsAt !== undefined && now < endsAt - RENEW_BEFORE_MS) return false;
    const key = `${peerId} ${via}`;
    if (now - (this.#askedAt.get(key) ?? Number.NEGATIVE_INFINITY) < RETRY_MS) return false;
    this.#askedAt.delete(key);
    this.#askedAt.set(key, now);
    const [oldest] = this.#askedAt.keys();
    if (this.#askedAt.size > MAX_KNOWN && oldest !== undefined) this.#askedAt.delete(oldest);
    return true;
  }
}
