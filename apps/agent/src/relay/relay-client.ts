/**
 * The way to every peer that is there first and last: one connection to a relay, opened again whenever it ends.
 *
 * Sealed packets only; the relay learns who talks to whom and how much, nothing else. What cannot be sent is lost, as on
 * any network, and never kept in memory; but for initiations, which somebody waits for (see undelivered.ts).
 */
import type { DeviceId } from "@pinhole/protocol";
import type { RelayFrame } from "@pinhole/protocol/relay";
import { newBackoff } from "../control/backoff.ts";
import type { Log } from "../log.ts";
import { RelayConnection, type RelayEnd } from "./relay-connection.ts";
import { Undelivered } from "./undelivered.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
/** A connection that was up this long was a good one: the next failure starts counting anew. */
const PROVEN_MS = 10_000;

type Deps = {
  /** Asked before each connection; undefined where there is no relay to dial. */
  readonly url: () => string | undefined;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly onPacket: (from: DeviceId, bytes: Uint8Array) => void;
  readonly onState: (isUp: boolean) => void;
  readonly log: Log;
};

export class RelayClient {
  readonly #deps: Deps;
  readonly #undelivered: Undelivered;
  #ticket: Uint8Array | undefined;
  #connection: RelayConnection | undefined;
  #isClosed = false;
  #isHurried = false;
  #wake: () => void = () => undefined;
  #dropped = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#undelivered = new Undelivered((peerId, initiation) => this.#sendData(peerId, initiation));
    void this.#run();
  }

  get isUp(): boolean {
    return this.#connection?.isUp ?? false;
  }

  /** To the relay and back; null before the first exchange. */
  get rttMs(): number | null {
    return this.#connection?.rttMs ?? null;
  }

  get dropped(): number {
    return this.#dropped;
  }

  setTicket(ticket: Uint8Array): void {
    const isFirst = this.#ticket === undefined;
    this.#ticket = ticket;
    this.#connection?.send({ kind: "ticket", ticket });
    if (isFirst) this.#wake();
  }

  /** What it says is no longer true, as when the device was revoked. Nothing is connected until there is another. */
  forgetTicket(): void {
    this.#ticket = undefined;
    this.#connection?.terminate();
  }

  send(peerId: DeviceId, payload: Uint8Array): void {
    this.#undelivered.onSent(peerId, payload);
    this.#sendData(peerId, payload);
  }

  /** The network has changed: ends the present connection and opens another at once. */
  reconnect(): void {
    this.#isHurried = this.#connection !== undefined;
    this.#connection?.terminate();
    this.#wake();
  }

  /** The dashboard is back, and so may be its relay: no more waiting. */
  hurry(): void {
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#undelivered.close();
    this.#connection?.terminate();
    this.#wake();
  }

  #sendData(peerId: DeviceId, payload: Uint8Array): void {
    if (this.#connection?.send({ kind: "data", deviceId: peerId, payload }) === true) return;
    this.#dropped++;
    // Until the relay is up nobody is there.
    if (!this.isUp) this.#undelivered.onAbsent(peerId);
  }

  async #run(): Promise<void> {
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
      this.#deps.log[level]("relay connection lost", { problem, retryMs: Math.round(waitMs) });
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
    const url = this.#deps.url();
    if (url === undefined) return Promise.resolve({ problem: "no relay is known", heldMs: 0, refusal: undefined });
    return new Promise((resolve) => {
      const connection = new RelayConnection({
        url,
        name: "",
        ticket,
        sign: this.#deps.sign,
        onUp: () => {
          if (this.#ticket !== undefined && this.#ticket !== ticket)
            connection.send({ kind: "ticket", ticket: this.#ticket });
          this.#undelivered.onUp();
          this.#deps.onState(true);
        },
        onFrame: (frame) => this.#onFrame(frame),
        onEnd: (end) => {
          this.#connection = undefined;
          if (end.heldMs > 0) this.#deps.onState(false);
          resolve(end);
        },
      });
      this.#connection = connection;
    });
  }

  #onFrame(frame: RelayFrame): void {
    if (frame.kind === "peer-absent") this.#undelivered.onAbsent(frame.deviceId);
    if (frame.kind !== "data") return;
    this.#undelivered.onHeard(frame.deviceId);
    this.#deps.onPacket(frame.deviceId, frame.payload);
  }
}
