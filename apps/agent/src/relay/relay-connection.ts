/**
 * One WebSocket to a relay, from opening to its end.
 *
 *     connect ──challenge──▶ hello (ticket, signature) ──welcome──▶ up ──▶ over
 *
 * A relay that has died without a word is noticed by a ping: every ten seconds, and within two when packets go out and
 * nothing comes back.
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

/** About a quarter of a second at 30 Mbit/s: more only makes a slow relay later, not better. */
const MAX_QUEUED_BYTES = 1 << 20;
const OPEN_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;
/** Silence that is worth a question while packets go out: shorter is everyday on a mobile network. */
const QUIET_MS = 2_000;
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
  readonly onEnd: (end: RelayEnd) => void;
};

export class RelayConnection {
  readonly #options: Options;
  readonly #socket: WebSocket;
  readonly #openTimer: NodeJS.Timeout;
  #pingTimer: NodeJS.Timeout | undefined;
  #pongTimer: NodeJS.Timeout | undefined;
  #ping: { readonly echo: string; readonly sentAt: number } | undefined;
  #heardAt = 0;
  #upAt: number | undefined;
  #problem = "closed";
  #refusal: RelayEnd["refusal"];
  #isChallenged = false;
  #rttMs: number | null = null;

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

  get rttMs(): number | null {
    return this.#rttMs;
  }

  /** False when it is not taken: not up, or the relay cannot keep up. */
  send(frame: RelayFrame): boolean {
    if (!this.isUp || this.#socket.bufferedAmount > MAX_QUEUED_BYTES) return false;
    this.#socket.send(encodeRelayFrame(frame), { binary: true });
    if (monotonicMs() - this.#heardAt > QUIET_MS) this.#askForLife();
    return true;
  }

  /** At once; `onEnd` follows. */
  terminate(): void {
    this.#socket.terminate();
  }

  #onMessage(data: Buffer): void {
    this.#heardAt = monotonicMs();
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
    this.#pingTimer = setInterval(() => this.#askForLife(), PING_INTERVAL_MS);
    this.#askForLife();
    this.#options.onUp();
  }

  /** Whatever is heard before the time is over will do for an answer. */
  #askForLife(): void {
    if (this.#pongTimer !== undefined) return;
    const sentAt = monotonicMs();
    const echo = randomBytes(8);
    this.#ping = { echo: echo.toString("hex"), sentAt };
    this.#socket.send(encodeRelayFrame({ kind: "ping", echo }), { binary: true });
    this.#pongTimer = setTimeout(() => {
      this.#pongTimer = undefined;
      if (this.#heardAt < sentAt) this.#fail("no answer to a ping");
    }, PONG_TIMEOUT_MS);
  }

  #onPong(echo: Uint8Array): void {
    if (this.#ping?.echo !== Buffer.from(echo).toString("hex")) return;
    this.#rttMs = monotonicMs() - this.#ping.sentAt;
    this.#ping = undefined;
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
  }

  #fail(problem: string): void {
    this.#problem = problem;
    this.#socket.terminate();
  }

  #onClose(): void {
    clearTimeout(this.#openTimer);
    clearInterval(this.#pingTimer);
    clearTimeout(this.#pongTimer);
    const heldMs = this.#upAt === undefined ? 0 : monotonicMs() - this.#upAt;
    this.#upAt = undefined;
    this.#options.onEnd({ problem: this.#problem, heldMs, refusal: this.#refusal });
  }
}
