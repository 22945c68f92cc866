/**
 * When this host may send to many ports: one spray at a time, and none at the same peer within a minute of the last, twice
 * as long after each that failed, up to an hour. A change of our own network starts anew; what a peer says of its own does not, or
 * it could have us spray without end.
 */
import type { AttemptId, DeviceId } from "@pinhole/protocol";

const FIRST_SPACING_MS = 60_000;
const LONGEST_SPACING_MS = 3_600_000;

type Past = { readonly endedAt: number; readonly spacingMs: number };

export class SprayGate {
  #running: { readonly attemptId: AttemptId; readonly peerId: DeviceId } | undefined;
  readonly #past = new Map<DeviceId, Past>();

  /** "open" as often as the attempt that runs asks; "busy" while another one runs. */
  enter(attemptId: AttemptId, peerId: DeviceId, now: number): "open" | "busy" | "resting" {
    if (this.#running?.attemptId === attemptId) return "open";
    const past = this.#past.get(peerId);
    if (past !== undefined && now - past.endedAt < past.spacingMs) return "resting";
    if (this.#running !== undefined) return "busy";
    this.#running = { attemptId, peerId };
    return "open";
  }

  leave(attemptId: AttemptId, hasWon: boolean, now: number): void {
    if (this.#running?.attemptId !== attemptId) return;
    const { peerId } = this.#running;
    this.#running = undefined;
    if (hasWon) this.#past.delete(peerId);
    else {
      const before = this.#past.get(peerId)?.spacingMs ?? FIRST_SPACING_MS / 2;
      this.#past.set(peerId, { endedAt: now, spacingMs: Math.min(2 * before, LONGEST_SPACING_MS) });
    }
  }

  forget(peerId: DeviceId): void {
    this.#past.delete(peerId);
  }
}
