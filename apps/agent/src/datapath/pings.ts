/**
 * Echo requests of our own that wait for their replies.
 *
 * Each carries a secret of 16 random bytes, and only a reply that brings it back is ours: the
 * host's own pings have another payload, whatever identifier they happen to use, and a peer
 * cannot answer what it was not asked.
 */
import { timingSafeEqual } from "node:crypto";
import type { DeviceId } from "@pinhole/protocol/net";
import type { PingReply } from "./contract.ts";

export const SECRET_BYTES = 16;
/** More than anybody waits for at once; the oldest gives up for the newest. */
const MAX_PENDING = 256;

type Pending = {
  readonly ping: number;
  readonly peerId: DeviceId;
  readonly secret: Uint8Array;
  readonly sentAt: number;
  readonly deadline: number;
};

export type PingOutcome = (ping: number, reply: PingReply | "timeout") => void;

export class Pings {
  readonly #now: () => number;
  readonly #outcome: PingOutcome;
  #pending: Pending[] = [];

  constructor(now: () => number, outcome: PingOutcome) {
    this.#now = now;
    this.#outcome = outcome;
  }

  add({
    ping,
    peerId,
    secret,
    timeoutMs,
  }: {
    ping: number;
    peerId: DeviceId;
    secret: Uint8Array;
    timeoutMs: number;
  }): void {
    const sentAt = this.#now();
    if (this.#pending.length >= MAX_PENDING) this.#giveUp(this.#pending.splice(0, 1));
    this.#pending.push({ ping, peerId, secret, sentAt, deadline: sentAt + timeoutMs });
  }

  /** True when `payload` is the reply to one of ours, which nobody else should see. */
  take(peerId: DeviceId, payload: Uint8Array, via: PingReply["via"]): boolean {
    const secret = payload.subarray(0, SECRET_BYTES);
    if (secret.length < SECRET_BYTES) return false;
    const at = this.#pending.findIndex(
      (pending) => pending.peerId === peerId && timingSafeEqual(pending.secret, secret),
    );
    const [pending] = at < 0 ? [] : this.#pending.splice(at, 1);
    if (pending === undefined) return false;
    this.#outcome(pending.ping, { rttMs: this.#now() - pending.sentAt, via });
    return true;
  }

  tick(): void {
    const now = this.#now();
    if (now < this.nextDeadline()) return;
    const late = this.#pending.filter(({ deadline }) => deadline <= now);
    this.#pending = this.#pending.filter(({ deadline }) => deadline > now);
    this.#giveUp(late);
  }

  nextDeadline(): number {
    return this.#pending.reduce((earliest, { deadline }) => Math.min(earliest, deadline), Number.POSITIVE_INFINITY);
  }

  #giveUp(pending: readonly Pending[]): void {
    for (const { ping } of pending) this.#outcome(ping, "timeout");
  }
}
