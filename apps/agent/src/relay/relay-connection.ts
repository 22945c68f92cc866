/**
 * One WebSocket to a relay, from opening to its end.
 *
 *     connect ──challenge──▶ hello (ticket, signature) ──welcome──▶ up ──▶ over
 *
 * Whether it still answers is the pulse's to say (relay-pulse.ts); here is its timer.
 */
import { randomBytes } from "node:crypto";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  MAX_RELAY_FRAME,
  type RelayFrame,
  relayHelloSignatureInput,
  type RelayRefusal,
  relayRefusalOf,
} from "@pinhole/protocol/relay";
import { WebSocket } from "ws";
import { monotonicMs } from "../clock.ts";
import { RelayPulse } from "./relay-pulse.ts";

/** About a quarter of a second at 30 Mbit/s: more only makes a slow relay later, not better. */
const MAX_QUEUED_BYTES = 1 << 20;
const OPEN_TIMEOUT_MS = 10_000;
/** Of an error, in a log line. */
const MAX_WORDS = 200;

export type RelayEnd = {
  readonly problem: string;
  /** How long it was up; 0 when it never was. */
  readonly heldMs: number;
  readonly refusal: RelayRefusal | "unknown" | undefined;
};

type Options = {
  readonly url: string;
  /** Signed along; empty for the dashboard's own relay. */
  readonly name: string;
  readonly ticket: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly onUp: () => void;
  /** Data and notices, once up. */
  readonly onFrame: (frame: RelayFrame) => void;
  /** It is suspect, or no longer; or its distance is another. */
  readonly onPulse: () => void;
  readonly onEnd: (end: RelayEnd) => void;
};

export class RelayConnection {
  readonly #options: Options;
  readonly #socket: WebSocket;
  readonly #openTimer: NodeJS.Timeout;
  #pulse: RelayPulse | undefined;
  #pulseTimer: NodeJS.Timeout | undefined;
  #wasSuspect = false;
  #echo = "";
  #upAt: number | undefined;
  #problem = "closed";
  #refusal: RelayEnd["refusal"];
  #isChallenged = false;

  /** @throws SyntaxError for a URL that is none. */
  constructor(options: Options) {
    this.#options = options;
    this.#socket = new WebSocket(options.url, { perMessageDeflate: false, maxPayload: MAX_RELAY_FRAME });
    this.#openTimer = setTimeout(() => this.#fail("no welcome in time"), OPEN_TIMEOUT_MS);
    this.#socket.on("message", (data: Buffer) => this.#onMessage(data));
    this.#socket.on("error", (error) => {
      // After a failure of our own making there is nothing to learn.
      if (this.#problem === "closed") this.#problem = error.message.slice(0, MAX_WORDS);
    });
    this.#socket.on("close", () => this.#onClose());
  }

  get isUp(): boolean {
    return this.#upAt !== undefined;
  }

  /** Up, and answering. */
  get isUsable(): boolean {
    return this.isUp && !this.#wasSuspect;
  }

  /** Undefined until it is measured; kept after the end. */
  get rttMs(): number | undefined {
    return this.#pulse?.rttMs;
  }

  /** False when it is not taken: not up, or the relay cannot keep up. */
  send(frame: RelayFrame): boolean {
    if (!this.isUp || this.#socket.bufferedAmount > MAX_QUEUED_BYTES) return false;
    this.#socket.send(encodeRelayFrame(frame), { binary: true });
    if (frame.kind === "data") this.#pass();
    return true;
  }

  /** At once; `onEnd` follows. */
  terminate(): void {
    this.#socket.terminate();
  }

  #onMessage(data: Buffer): void {
    this.#pulse?.onHeard(monotonicMs());
    if (this.#wasSuspect) this.#beat();
    const frame = decodeRelayFrame(data);
    if (!frame.ok) return this.#fail(`a bad frame: ${frame.error}`);
    switch (frame.value.kind) {
      case "challenge": {
        // One signature a connection: a relay is believed to forward, not to collect them.
        if (this.#isChallenged) return this.#fail("a second challenge");
        this.#isChallenged = true;
        const signature = this.#options.sign(relayHelloSignatureInput(frame.value.nonce, this.#options.name));
        return this.#socket.send(encodeRelayFrame({ kind: "hello", ticket: this.#options.ticket, signature }));
      }
      case "welcome":
        return this.#onWelcome();
      case "refused":
        this.#refusal = relayRefusalOf(frame.value.code);
        return this.#fail(`refused: ${this.#refusal}`);
      case "ping":
        return void this.send({ kind: "pong", echo: frame.value.echo });
      case "pong":
        return this.#onPong(frame.value.echo);
      case "data":
        this.#pass();
        return this.isUp ? this.#options.onFrame(frame.value) : undefined;
      case "peer-absent":
        return this.isUp ? this.#options.onFrame(frame.value) : undefined;
      case "hello":
      case "ticket":
        return; // not the relay's to send
      default:
        frame.value satisfies never;
    }
  }

  #onWelcome(): void {
    if (this.isUp) return;
    this.#upAt = monotonicMs();
    clearTimeout(this.#openTimer);
    this.#pulse = new RelayPulse(this.#upAt);
    this.#options.onUp();
    this.#beat();
  }

  /** A packet passes. The timer is set for the pulse of an idle relay until the first one does. */
  #pass(): void {
    const now = monotonicMs();
    const pulse = this.#pulse;
    if (pulse === undefined) return;
    const dueAt = pulse.nextDeadline(now);
    pulse.onPassed(now);
    if (this.#wasSuspect || pulse.nextDeadline(now) < dueAt) this.#beat();
  }

  #onPong(echo: Uint8Array): void {
    if (this.#echo !== Buffer.from(echo).toString("hex")) return;
    this.#pulse?.onPong(monotonicMs());
    this.#options.onPulse();
    this.#beat();
  }

  /** Does what is due, and comes back when something is. */
  #beat(): void {
    clearTimeout(this.#pulseTimer);
    const pulse = this.#pulse;
    if (pulse === undefined) return;
    const { ping, isDead } = pulse.tick(monotonicMs());
    if (isDead) return this.#fail("no answer to a ping");
    if (ping) this.#ping();
    const now = monotonicMs();
    const isSuspect = pulse.isSuspect(now);
    if (isSuspect !== this.#wasSuspect) {
      this.#wasSuspect = isSuspect;
      this.#options.onPulse();
    }
    this.#pulseTimer = setTimeout(() => this.#beat(), Math.ceil(Math.max(1, pulse.nextDeadline(now) - now)));
  }

  #ping(): void {
    const echo = randomBytes(8);
    this.#echo = echo.toString("hex");
    this.#socket.send(encodeRelayFrame({ kind: "ping", echo }), { binary: true });
  }

  #fail(problem: string): void {
    this.#problem = problem;
    this.#socket.terminate();
  }

  #onClose(): void {
    clearTimeout(this.#openTimer);
    clearTimeout(this.#pulseTimer);
    const heldMs = this.#upAt === undefined ? 0 : Math.max(1, monotonicMs() - this.#upAt);
    this.#upAt = undefined;
    this.#options.onEnd({ problem: this.#problem, heldMs, refusal: this.#refusal });
  }
}
