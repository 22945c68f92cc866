/**
 * What one open session has still to be told. Bounded by what it can hold, not by how fast its reader is: hints merge,
 * and only plans, notes and lanes queue.
 *
 * One reader. `wait` returns at once when there is something; a hint that arrives while nobody waits is kept.
 *
 * Who is online and what changes about single devices is paced: the first word after a pause goes at once, the next ones
 * are told together. Otherwise a thousand agents that come online would be told of each other one by one, a million times.
 */
import type { DeviceId } from "@pinhole/protocol";
import type { PunchNote, PunchPlan, ReachProbe, RelayLane } from "@pinhole/protocol/control";

/** A plan is stale within seconds; a reader that is this far behind runs none of them in time. */
const MAX_PLANS = 64;
/** A sender repeats what is not acted upon. */
const MAX_NOTES = 64;
/** Of one event. A device that does not hear of a lane asks again. */
const MAX_LANES = 64;
/** Somebody waits for each, and not for long. */
const MAX_REACH_PROBES = 64;

export type Mail = {
  readonly isStale: boolean;
  readonly isRevoked: boolean;
  readonly isTicketDue: boolean;
  readonly presence: ReadonlyMap<DeviceId, boolean>;
  readonly plans: readonly PunchPlan[];
  readonly notes: readonly PunchNote[];
  readonly lanes: readonly RelayLane[];
  readonly reachProbes: readonly ReachProbe[];
};

export class Mailbox {
  readonly #paceMs: () => number;
  #isStale = false;
  #isRevoked = false;
  #isTicketDue = false;
  /** There is something to tell that waits for nothing. */
  #isUrgent = false;
  /** There is something to tell that may wait for {@link #pacedUntil}. */
  #isPaced = false;
  #pacedUntil = 0;
  #paceTimer: NodeJS.Timeout | undefined;
  #presence = new Map<DeviceId, boolean>();
  #plans: PunchPlan[] = [];
  #notes: PunchNote[] = [];
  #lanes: RelayLane[] = [];
  #reachProbes: ReachProbe[] = [];
  #wake: (() => void) | undefined;

  /** @param paceMs how far apart paced words are, at least */
  constructor(paceMs: () => number) {
    this.#paceMs = paceMs;
  }

  /** The netmap may have changed in a way that does not wait, or the session is over. */
  hintStale(): void {
    this.#isStale = true;
    this.#isUrgent = true;
    this.#notify();
  }

  /** Something about single devices may have changed; paced. */
  hintChange(): void {
    this.#isStale = true;
    this.#notifyPaced();
  }

  /** A new relay ticket is to be made. */
  hintTicket(): void {
    this.#isTicketDue = true;
    this.#isUrgent = true;
    this.#notify();
  }

  hintRevoked(): void {
    this.#isRevoked = true;
    this.#isUrgent = true;
    this.#notify();
  }

  /** Paced. */
  hintPresence(deviceId: DeviceId, online: boolean): void {
    this.#presence.set(deviceId, online);
    this.#notifyPaced();
  }

  addPlan(plan: PunchPlan): void {
    this.#plans.push(plan);
    if (this.#plans.length > MAX_PLANS) this.#plans.shift();
    this.#notify();
  }

  addNote(note: PunchNote): void {
    this.#notes.push(note);
    if (this.#notes.length > MAX_NOTES) this.#notes.shift();
    this.#notify();
  }

  addLanes(lanes: readonly RelayLane[]): void {
    const ids = new Set(lanes.map(({ id }) => id));
    this.#lanes = [...this.#lanes.filter(({ id }) => !ids.has(id)), ...lanes].slice(-MAX_LANES);
    this.#notify();
  }

  addReachProbe(probe: ReachProbe): void {
    this.#reachProbes = [...this.#reachProbes, probe].slice(-MAX_REACH_PROBES);
    this.#notify();
  }

  take(): Mail {
    const mail = {
      isStale: this.#isStale,
      isRevoked: this.#isRevoked,
      isTicketDue: this.#isTicketDue,
      presence: this.#presence,
      plans: this.#plans,
      notes: this.#notes,
      lanes: this.#lanes,
      reachProbes: this.#reachProbes,
    };
    if (this.#isPaced) this.#pacedUntil = performance.now() + this.#paceMs();
    this.#isPaced = false;
    this.#isUrgent = false;
    clearTimeout(this.#paceTimer);
    this.#paceTimer = undefined;
    this.#isStale = false;
    this.#isRevoked = false;
    this.#isTicketDue = false;
    this.#presence = new Map();
    this.#plans = [];
    this.#notes = [];
    this.#lanes = [];
    this.#reachProbes = [];
    return mail;
  }

  /** Until there is mail, `timeoutMs` are over, or the signal aborts. */
  async wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#hasMail() || signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.max(0, timeoutMs));
      signal?.addEventListener("abort", done, { once: true });
      this.#wake = done;
      const clear = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        this.#wake = undefined;
      };
      function done(): void {
        clear();
        resolve();
      }
    });
  }

  #hasMail(): boolean {
    return (
      this.#isUrgent ||
      this.#plans.length + this.#notes.length + this.#lanes.length + this.#reachProbes.length > 0 ||
      (this.#isPaced && performance.now() >= this.#pacedUntil)
    );
  }

  #notify(): void {
    this.#wake?.();
  }

  #endPause(): void {
    this.#pacedUntil = 0;
    this.#notify();
  }

  #notifyPaced(): void {
    this.#isPaced = true;
    const waitMs = this.#pacedUntil - performance.now();
    if (waitMs <= 0) this.#notify();
    else this.#paceTimer ??= setTimeout(() => this.#endPause(), waitMs);
  }
}
