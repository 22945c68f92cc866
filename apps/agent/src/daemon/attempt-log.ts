/** The last attempts towards each peer as this side recorded them, for when the dashboard cannot be asked. */
import type { DeviceId } from "@pinhole/protocol";
import type { AttemptTrace } from "@pinhole/protocol/control";
import type { PastAttempt } from "@pinhole/protocol/explain";

const KEPT_EACH = 5;
/** A trace takes up to 4 KiB. */
const MAX_PEERS = 1_000;

type Entry = { readonly at: number; readonly trace: AttemptTrace };

export class AttemptLog {
  readonly #peers = new Map<DeviceId, readonly Entry[]>();

  /** `at` is on the server's clock. */
  add(trace: AttemptTrace, at: number): void {
    const before = this.#peers.get(trace.peerId) ?? [];
    this.#peers.delete(trace.peerId);
    this.#peers.set(trace.peerId, [{ at, trace }, ...before].slice(0, KEPT_EACH));
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > MAX_PEERS && oldest !== undefined) this.#peers.delete(oldest);
  }

  last(peerId: DeviceId): AttemptTrace | null {
    return this.#peers.get(peerId)?.[0]?.trace ?? null;
  }

  of(peerId: DeviceId): PastAttempt[] {
    return (this.#peers.get(peerId) ?? []).map(({ at, trace: { outcome, rttMs = null } }) => ({ at, outcome, rttMs }));
  }
}
