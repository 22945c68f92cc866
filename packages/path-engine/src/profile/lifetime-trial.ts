/**
 * One spare binding, left alone for a while: does it still stand?
 *
 *     spare socket ── question ──▶ server     twice, some seconds apart, as between two who talk
 *                     silence
 *     main socket  ── question ──▶ server ── answer ──▶ spare socket's public port (RESPONSE-PORT)
 *
 * The spare socket is what is risked, never the binding that peers are met on; and it does not ask itself, because that would
 * open anew what has closed. Silence means death only while the server answers the main socket.
 */
import { addressFamily, type Endpoint, endpointsEqual } from "@pinhole/protocol";
import { decodeStun, TRANSACTION_ID_BYTES } from "@pinhole/protocol/stun";
import type { SocketId } from "../contract.ts";
import { encodeQuestion, keyOf } from "../stun/binding-question.ts";

/** Many NATs take a flow for lasting only when it goes on for longer than a question and its answer do. */
const SETTLE_MS = 3_000;

const PATIENCE_MS = 1_500;
const TRIES = 3;

/** `unsupported`: the server does not answer elsewhere, or not to where the spare socket is. `unclear`: something was lost. */
export type TrialResult = "survived" | "died" | "unclear" | "unsupported";

export type LifetimeTrialOptions = {
  readonly server: Endpoint;
  readonly mainSocket: SocketId;
  readonly spareSocket: SocketId;
  readonly silentMs: number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly send: (socket: SocketId, to: Endpoint, bytes: Uint8Array) => void;
};

type Step = "open" | "settle" | "silence" | "ask" | "check" | "over";

export class LifetimeTrial {
  readonly #options: LifetimeTrialOptions;
  /** What was asked in this step, and where the answer has to come in. */
  readonly #asked = new Map<string, SocketId>();
  #step: Step = "open";
  #tries = 0;
  #at: number;
  #spare: Endpoint | undefined;
  #result: TrialResult | undefined;

  constructor(options: LifetimeTrialOptions, now: number) {
    this.#options = options;
    this.#at = now;
  }

  get result(): TrialResult | undefined {
    return this.#result;
  }

  nextDeadline(): number {
    return this.#step === "over" ? Number.POSITIVE_INFINITY : this.#at;
  }

  tick(now: number): void {
    if (now < this.nextDeadline()) return;
    if (this.#step === "silence") this.#enter("ask", now);
    if (this.#tries >= TRIES) return this.#onSilence(now);
    this.#tries++;
    this.#at = now + PATIENCE_MS;
    this.#ask();
  }

  /** Whether it was an answer to this trial. */
  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array, now: number): boolean {
    const decoded = decodeStun(bytes);
    if (!decoded.ok || !endpointsEqual(from, this.#options.server)) return false;
    const message = decoded.value;
    if (message.kind !== "binding-success" && message.kind !== "binding-error") return false;
    const expected = this.#asked.get(keyOf(message.transactionId));
    if (expected === undefined) return false;
    if (message.kind === "binding-error") {
      if (socket === this.#options.mainSocket && this.#step === "ask") this.#end("unsupported");
      return true;
    }
    if (socket !== expected) return true;
    this.#onAnswer(message.mapped, now);
    return true;
  }

  #ask(): void {
    const { server, mainSocket, spareSocket, randomBytes, send } = this.#options;
    const transactionId = randomBytes(TRANSACTION_ID_BYTES);
    const isElsewhere = this.#step === "ask";
    const socket = isElsewhere || this.#step === "check" ? mainSocket : spareSocket;
    const responsePort = isElsewhere ? this.#spare?.port : undefined;
    this.#asked.set(keyOf(transactionId), isElsewhere ? spareSocket : socket);
    send(socket, server, encodeQuestion({ server, responsePort }, transactionId));
  }

  #onAnswer(mapped: Endpoint, now: number): void {
    switch (this.#step) {
      case "open":
        this.#spare = mapped;
        // Behind NAT64 the server sees an address that it cannot be asked to answer at.
        if (addressFamily(mapped.address) !== addressFamily(this.#options.server.address))
          return this.#end("unsupported");
        return this.#enter("settle", now + SETTLE_MS);
      case "settle":
        if (this.#spare === undefined || !endpointsEqual(mapped, this.#spare)) return this.#end("unclear");
        return this.#enter("silence", now + this.#options.silentMs);
      case "ask":
        // From the main socket's address: where the spare one has another, the answer was never to come there.
        return this.#end(mapped.address === this.#spare?.address ? "survived" : "unsupported");
      case "check":
        return this.#end(mapped.address === this.#spare?.address ? "died" : "unsupported");
      case "silence":
      case "over":
    }
  }

  #onSilence(now: number): void {
    if (this.#step !== "ask") return this.#end("unclear");
    this.#enter("check", now);
    this.tick(now);
  }

  #enter(step: Step, at: number): void {
    this.#step = step;
    this.#tries = 0;
    this.#at = at;
    this.#asked.clear();
  }

  #end(result: TrialResult): void {
    this.#step = "over";
    this.#result = result;
  }
}
