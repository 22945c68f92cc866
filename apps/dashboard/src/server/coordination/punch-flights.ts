/** The plans that are under way, at most one a pair, and what each was made from. */
import type { AttemptId, DeviceId } from "@pinhole/protocol";
import type { Trigger } from "@pinhole/protocol/control";
import type { Strategy } from "@pinhole/protocol/punch";

export type Flight = {
  readonly attemptId: AttemptId;
  readonly initiatorId: DeviceId;
  readonly responderId: DeviceId;
  readonly trigger: Trigger;
  readonly failures: number;
  /** On the server's clock. */
  readonly endsAt: number;
  /** What both sides had reported. */
  readonly reported: string;
  readonly strategy: Strategy;
  /** Notes of either side that the server has carried. */
  notes: number;
};

const MAX_FLIGHTS = 10_000;

export class PunchFlights {
  /** By pair, in the order of their start. */
  readonly #flights = new Map<string, Flight>();

  add(flight: Flight): void {
    const key = keyOf(flight.initiatorId, flight.responderId);
    this.#flights.delete(key);
    this.#flights.set(key, flight);
    const [oldest] = this.#flights.keys();
    if (this.#flights.size > MAX_FLIGHTS && oldest !== undefined) this.#flights.delete(oldest);
  }

  of(one: DeviceId, other: DeviceId, now: number): Flight | undefined {
    this.#forget(now);
    const flight = this.#flights.get(keyOf(one, other));
    return flight !== undefined && now < flight.endsAt ? flight : undefined;
  }

  with(device: DeviceId, now: number): Flight[] {
    this.#forget(now);
    return [...this.#flights.values()].filter(
      ({ initiatorId, responderId, endsAt }) => (initiatorId === device || responderId === device) && now < endsAt,
    );
  }

  land(attemptId: AttemptId): void {
    for (const [key, flight] of this.#flights) if (flight.attemptId === attemptId) this.#flights.delete(key);
  }

  /** From the oldest on, as far as they are over. */
  #forget(now: number): void {
    for (const [key, { endsAt }] of this.#flights) {
      if (now < endsAt) return;
      this.#flights.delete(key);
    }
  }
}

export function keyOf(one: DeviceId, other: DeviceId): string {
  return [one, other].toSorted().join(" ");
}
