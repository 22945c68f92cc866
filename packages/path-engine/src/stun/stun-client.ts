/**
 * Asks STUN servers where our datagrams seem to come from, from one local socket.
 *
 *     ask ──send──▶ waiting ──answer──▶ observed | refused
 *                    │    ▲
 *                    └tick┘ sends again at 200, 400 and 800 ms; at 1600 ms: silent
 *
 * Sans-I/O: the caller carries out the effects, and sends a tick at {@link StunClient.nextDeadline}.
 *
 * Believes an answer only with the transaction ID of a query in flight, which an attacker off the
 * path cannot guess, and only from the endpoint that the query expects it from. It believes
 * the server that was asked; a man on the path can still lie, which costs a candidate that leads nowhere and nothing else.
 */
import { type Endpoint, endpointsEqual, err, ok, type Result } from "@pinhole/protocol";
import { type ChangeRequest, decodeStun, type StunMessage, TRANSACTION_ID_BYTES } from "@pinhole/protocol/stun";
import { encodeQuestion, keyOf } from "./binding-question.ts";

/** When to send, counted from the first. RFC 8489 doubles from 500 ms; a device that comes up within a second cannot wait that long for one lost packet. */
export const SEND_AT_MS = [0, 200, 400, 800] as const;

/** The last request has as long to be answered as all before it. */
export const GIVE_UP_MS = 1_600;

/** A measurement of the NAT and the questions of a few attempts beside it. */
export const MAX_QUERIES = 64;

export type StunQuery = {
  readonly server: Endpoint;
  /** Ask for the answer from elsewhere: whether it arrives tells what the NAT's filter lets in. */
  readonly change?: { readonly request: ChangeRequest; readonly answerFrom: Endpoint } | undefined;
  /** Also ask for the server's other address, which only a request of the answer's size is told. */
  readonly wantsOther?: boolean | undefined;
};

export type StunOutcome =
  | {
      readonly kind: "observed";
      readonly query: StunQuery;
      /** Our endpoint as the server saw it. */
      readonly mapped: Endpoint;
      readonly otherAddress: Endpoint | undefined;
      /** By which the dashboard knows that a server of its own saw us there; not every server gives one. */
      readonly proof: Uint8Array | undefined;
      /** Known only where the request was sent once: an answer does not tell which copy it is for. */
      readonly rttMs: number | undefined;
    }
  | { readonly kind: "refused"; readonly query: StunQuery; readonly code: number }
  | { readonly kind: "silent"; readonly query: StunQuery };

export type StunEffect =
  | { readonly kind: "send"; readonly query: StunQuery; readonly to: Endpoint; readonly bytes: Uint8Array }
  | { readonly kind: "done"; readonly outcome: StunOutcome };

type Flight = { readonly query: StunQuery; readonly request: Uint8Array; readonly startedAt: number; sent: number };

export class StunClient {
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #flights = new Map<string, Flight>();
  #ignored = 0;

  constructor({ randomBytes }: { randomBytes: (length: number) => Uint8Array }) {
    this.#randomBytes = randomBytes;
  }

  /** Datagrams that matched no query: late, repeated or forged. */
  get ignored(): number {
    return this.#ignored;
  }

  ask(query: StunQuery, now: number): Result<readonly StunEffect[], "busy"> {
    if (this.#flights.size >= MAX_QUERIES) return err("busy");
    const transactionId = this.#randomBytes(TRANSACTION_ID_BYTES);
    const { server, change, wantsOther } = query;
    const request = encodeQuestion({ server, changeRequest: change?.request, wantsOther }, transactionId);
    this.#flights.set(keyOf(transactionId), { query, request, startedAt: now, sent: 1 });
    return ok([{ kind: "send", query, to: query.server, bytes: request }]);
  }

  /** Takes every datagram that `isStun()` says is one. */
  onDatagram(bytes: Uint8Array, from: Endpoint, now: number): readonly StunEffect[] {
    const decoded = decodeStun(bytes);
    const outcome = decoded.ok ? this.#match(decoded.value, from, now) : undefined;
    if (outcome === undefined) {
      this.#ignored++;
      return [];
    }
    return [{ kind: "done", outcome }];
  }

  onTick(now: number): readonly StunEffect[] {
    const effects: StunEffect[] = [];
    for (const [key, flight] of this.#flights) {
      const elapsed = now - flight.startedAt;
      if (elapsed >= GIVE_UP_MS) {
        this.#flights.delete(key);
        effects.push({ kind: "done", outcome: { kind: "silent", query: flight.query } });
        continue;
      }
      // After a pause (a laptop's lid), one copy goes out, not every one that was missed.
      const due = SEND_AT_MS.filter((at) => at <= elapsed).length;
      if (due <= flight.sent) continue;
      flight.sent = due;
      effects.push({ kind: "send", query: flight.query, to: flight.query.server, bytes: flight.request });
    }
    return effects;
  }

  /** When the next tick is due, on the clock of `now`; undefined while nothing is in flight. */
  nextDeadline(): number | undefined {
    const deadlines = Array.from(
      this.#flights.values(),
      ({ startedAt, sent }) => startedAt + (SEND_AT_MS[sent] ?? GIVE_UP_MS),
    );
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  #match(message: StunMessage, from: Endpoint, now: number): StunOutcome | undefined {
    const key = keyOf(message.transactionId);
    const flight = this.#flights.get(key);
    if (flight === undefined || message.kind === "binding-request" || message.kind === "binding-indication")
      return undefined;
    const { query, sent, startedAt } = flight;

    // A server refuses from where it was asked, whatever the query expects.
    const expected = message.kind === "binding-error" ? query.server : (query.change?.answerFrom ?? query.server);
    if (!endpointsEqual(from, expected)) return undefined;

    this.#flights.delete(key);
    if (message.kind === "binding-error") return { kind: "refused", query, code: message.code };
    const { mapped, otherAddress, proof } = message;
    return { kind: "observed", query, mapped, otherAddress, proof, rttMs: sent === 1 ? now - startedAt : undefined };
  }
}
