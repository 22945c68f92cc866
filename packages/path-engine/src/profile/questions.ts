/**
 * Questions in flight from several sockets, each sent once and within one budget.
 *
 * Believes an answer only with the transaction ID of a question, at the socket that asked, and from where the question
 * lets answers come from; an attacker off the path cannot guess the first.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";
import { type BindingSuccess, type ChangeRequest, decodeStun, TRANSACTION_ID_BYTES } from "@pinhole/protocol/stun";
import type { SocketId } from "../contract.ts";
import { encodeQuestion, keyOf } from "../stun/binding-question.ts";

/** In all that one measurement sends. */
export const MAX_PACKETS = 24;

/** A little more than what a round trip takes, for queues on the way. */
const PATIENCE_ROUND_TRIPS = 1.25;
const PATIENCE_MS = 25;

export type Question = {
  readonly socket: SocketId;
  readonly server: Endpoint;
  readonly change: ChangeRequest | undefined;
  readonly sentAt: number;
  answer: { readonly mapped: Endpoint; readonly proof: Uint8Array | undefined; readonly rttMs: number } | undefined;
  isRefused: boolean;
};

type Options = {
  /** Of which the other address is wanted. */
  readonly first: Endpoint;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly send: (socket: SocketId, to: Endpoint, bytes: Uint8Array) => void;
};

export class Questions {
  readonly #options: Options;
  readonly #byTransaction = new Map<string, Question>();
  #sent = 0;
  #rttMs: number | undefined;
  #otherAddress: Endpoint | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get sent(): number {
    return this.#sent;
  }

  get isSpent(): boolean {
    return this.#sent >= MAX_PACKETS;
  }

  /** The longest of those seen; undefined before the first answer. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** The first server's, as it says. */
  get otherAddress(): Endpoint | undefined {
    return this.#otherAddress;
  }

  /** Undefined when the budget is spent. */
  ask(socket: SocketId, server: Endpoint, now: number, change?: ChangeRequest): Question | undefined {
    if (this.isSpent) return undefined;
    const transactionId = this.#options.randomBytes(TRANSACTION_ID_BYTES);
    const question: Question = { socket, server, change, sentAt: now, answer: undefined, isRefused: false };
    this.#byTransaction.set(keyOf(transactionId), question);
    this.#sent++;
    const wantsOther = this.#otherAddress === undefined;
    this.#options.send(socket, server, encodeQuestion({ server, changeRequest: change, wantsOther }, transactionId));
    return question;
  }

  /** The question that was answered or refused, if this was that. */
  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array, now: number): Question | undefined {
    const decoded = decodeStun(bytes);
    if (!decoded.ok) return undefined;
    const message = decoded.value;
    if (message.kind === "binding-request" || message.kind === "binding-indication") return undefined;
    const question = this.#byTransaction.get(keyOf(message.transactionId));
    if (question === undefined || question.socket !== socket || question.answer !== undefined) return undefined;
    if (message.kind === "binding-error") {
      if (!endpointsEqual(from, question.server)) return undefined;
      question.isRefused = true;
      return question;
    }
    if (!mayAnswer(question, from)) return undefined;
    this.#take(question, message, now);
    return question;
  }

  /** Whether it is one of our own requests that came back in. */
  isOwnRequest(bytes: Uint8Array): boolean {
    const decoded = decodeStun(bytes);
    return (
      decoded.ok &&
      decoded.value.kind === "binding-request" &&
      this.#byTransaction.has(keyOf(decoded.value.transactionId))
    );
  }

  /** Until when answers to those that are open are waited for. */
  awaitedUntil(questions: readonly Question[]): number {
    const patience = (this.#rttMs ?? Number.POSITIVE_INFINITY) * PATIENCE_ROUND_TRIPS + PATIENCE_MS;
    return questions
      .filter(({ answer, isRefused }) => answer === undefined && !isRefused)
      .reduce((latest, { sentAt }) => Math.max(latest, sentAt + patience), Number.NEGATIVE_INFINITY);
  }

  #take(question: Question, { mapped, otherAddress, proof }: BindingSuccess, now: number): void {
    const rttMs = now - question.sentAt;
    question.answer = { mapped, proof, rttMs };
    this.#rttMs = Math.max(this.#rttMs ?? 0, rttMs);
    if (endpointsEqual(question.server, this.#options.first)) this.#otherAddress ??= otherAddress;
  }
}

function mayAnswer({ server, change }: Question, from: Endpoint): boolean {
  const isOtherAddress = from.address !== server.address;
  const isOtherPort = from.port !== server.port;
  return isOtherAddress === (change?.address ?? false) && isOtherPort === (change?.port ?? false);
}
