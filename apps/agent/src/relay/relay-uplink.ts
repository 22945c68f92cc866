/**
 * The way to one relay for as long as it is held: a connection, and another whenever it ends, ever more seldom when it
 * ends soon.
 */
import type { RelayFrame } from "@pinhole/protocol/relay";
import { newBackoff } from "../control/backoff.ts";
import type { Log } from "../log.ts";
import type { Way } from "./relay-choice.ts";
import { RelayConnection, type RelayEnd } from "./relay-connection.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
/** A connection that was up this long was a good one: the next failure starts counting anew. */
const PROVEN_MS = 10_000;

type Deps = {
  readonly name: string;
  readonly url: string;
  /** What is signed along: empty for the dashboard's own relay. */
  readonly signedName: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly onUp: () => void;
  readonly onFrame: (frame: RelayFrame) => void;
  /** {@link RelayUplink.way} may be another. */
  readonly onChange: () => void;
  readonly log: Log;
};

export class RelayUplink {
  readonly #deps: Deps;
  #ticket: Uint8Array | undefined;
  #connection: RelayConnection | undefined;
  /** Of an earlier connection. */
  #rttMs: number | undefined;
  #hasFailed = false;
  #isClosed = false;
  #isHurried = false;
  #wake: () => void = () => undefined;

  constructor(deps: Deps, ticket: Uint8Array | undefined) {
    this.#deps = deps;
    this.#ticket = ticket;
    void this.#run();
  }

  get way(): Way {
    const isUsable = this.#connection?.isUsable === true;
    const isTrying = !this.#hasFailed && this.#connection?.isUp !== true;
    return {
      rttMs: this.#connection?.rttMs ?? this.#rttMs,
      state: isUsable ? "usable" : isTrying ? "resting" : "failing",
    };
  }

  get isUp(): boolean {
    return this.#connection?.isUp ?? false;
  }

  /** Its distance is known, or there is none to be had at present. */
  get isSurveyed(): boolean {
    return this.#connection?.rttMs !== undefined || this.#hasFailed;
  }

  setTicket(ticket: Uint8Array): void {
    const isFirst = this.#ticket === undefined;
    this.#ticket = ticket;
    this.#connection?.send({ kind: "ticket", ticket });
    if (isFirst) this.#wake();
  }

  forgetTicket(): void {
    this.#ticket = undefined;
    this.#connection?.terminate();
  }

  /** False when it is not taken. */
  send(frame: RelayFrame): boolean {
    return this.#connection?.send(frame) ?? false;
  }

  /** The network has changed: ends the present connection and opens another at once. */
  reconnect(): void {
    this.#isHurried = this.#connection !== undefined;
    this.#connection?.terminate();
    this.#wake();
  }

  /** No more waiting. */
  hurry(): void {
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.terminate();
    this.#wake();
  }

  async #run(): Promise<void> {
    const { name, log } = this.#deps;
    const backoff = newBackoff({ firstMs: FIRST_WAIT_MS, ceilingMs: LONGEST_WAIT_MS, random: Math.random });
    let lastProblem: string | undefined;
    while (!this.#isClosed) {
      const ticket = this.#ticket;
      if (ticket === undefined) {
        await this.#pause();
        continue;
      }
      const { problem, heldMs, refusal } = await this.#connect(ticket);
      if (this.#isClosed) return;
      if (heldMs > PROVEN_MS) backoff.reset();
      const isTicketBad = refusal === "ticket-expired" || refusal === "bad-ticket";
      // It would be refused again: the control session brings another.
      if (isTicketBad && this.#ticket === ticket) this.#ticket = undefined;
      const waitMs = this.#isHurried ? 0 : backoff.next();
      this.#isHurried = false;
      const level = heldMs > 0 || problem !== lastProblem ? "info" : "debug";
      log[level]("relay connection lost", { relay: name, problem, retryMs: Math.round(waitMs) });
      lastProblem = problem;
      await this.#pause(waitMs);
    }
  }

  /** Until woken, or the time is over. */
  #pause(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#wake(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
    });
  }

  /** From opening to the end of one connection. */
  #connect(ticket: Uint8Array): Promise<RelayEnd> {
    const { name, url, signedName, sign, onUp, onFrame, onChange, log } = this.#deps;
    return new Promise((resolve) => {
      const connection = new RelayConnection({
        url,
        name: signedName,
        ticket,
        sign,
        onUp: () => {
          this.#hasFailed = false;
          log.debug("relay connection up", { relay: name });
          if (this.#ticket !== undefined && this.#ticket !== ticket)
            connection.send({ kind: "ticket", ticket: this.#ticket });
          onChange();
          onUp();
        },
        onFrame,
        onPulse: onChange,
        onEnd: (end) => {
          this.#rttMs = connection.rttMs ?? this.#rttMs;
          this.#connection = undefined;
          this.#hasFailed = true;
          resolve(end);
          if (!this.#isClosed) onChange();
        },
      });
      this.#connection = connection;
    });
  }
}
