/**
 * How long a packet the path of one peer carries, found out by pings that are padded (RFC 8899).
 *
 *     tunnel's least ──▶ largest ──▶ halves between what arrived and what did not ──▶ found
 *           │                │                                                          │
 *           │                └──────── arrived ─────────────────────────────────────────┤
 *           ▼                                                        asked again, now and then, while
 *      black hole                                                    packets flow ──────┘
 *
 * The first question may be cut on the way, as the tunnel's packets may: a path that does not carry it carries small packets
 * only, and is none. The others may not. A size counts as too long when several pings of it are lost and one without padding,
 * sent after the first of them, is not.
 *
 * No clock, no I/O: every call brings the time; {@link PathMtu.take} says what to send.
 */
import { addressFamily } from "@pinhole/protocol";
import { PROBE_BLOCK_BYTES, PROBE_HEADER_BYTES, PROBE_TAG_BYTES } from "@pinhole/protocol/probe";
import type { Pair } from "./pair.ts";

/** What a ping asks besides whether it arrives. */
export type SizedPing = { readonly blocks: number; readonly mayFragment: boolean };

/** An inner packet of 1,280 bytes, the least that IPv6 asks for, makes a datagram of exactly this many. */
export const TUNNEL_BLOCKS = 40;

/** About 1,280 bytes outside: less is common nowhere, and would change nothing. */
const LEAST_BLOCKS = 38;

/** 1,500 bytes outside or just below. */
const MOST_BLOCKS = { 4: 45, 6: 44 } as const;

const HEADER_BYTES = { 4: 28, 6: 48 } as const;

/** How many pings of a size may be lost before it is too long; the last question decides whether there is a path at all. */
const TRIES = 3;
const LEAST_TRIES = 4;

/** How often the size that was found is asked again while packets flow, and how often a longer one is. */
const CONFIRM_MS = 15_000;
const RAISE_MS = 600_000;

/** When to go on if nothing at all was answered: it is the path then, and not the size. */
const DOUBT_MS = 5_000;

/** How long a pong may take: what is longer than a ping waits longer in a slow line, too. */
const PATIENCE_MS = 500;
const MAX_PATIENCE_MS = 3_000;

type Question = SizedPing & { tries: number; readonly since: number };

export class PathMtu {
  #pair: Pair | undefined;
  #arrived = 0;
  #lost = 0;
  /** Whether what the tunnel needs arrives, in one piece or more. */
  #isCarrying = false;
  #isBlackHole = false;
  #question: Question | undefined;
  #askAt = Number.POSITIVE_INFINITY;
  #raiseAt = Number.POSITIVE_INFINITY;

  /** Another path is another question. */
  follow(pair: Pair | undefined, now: number): void {
    const before = this.#pair;
    if (pair === before) return;
    this.#pair = pair;
    // From another port the way is the same, until it turns out otherwise.
    if (pair !== undefined && pair.endpoint.address === before?.endpoint.address) return this.recheck(now);
    this.#forget();
    this.#isBlackHole = false;
    this.#askAt = pair === undefined ? Number.POSITIVE_INFINITY : now;
  }

  /** Packets were lost: what was found is asked again at once. */
  recheck(now: number): void {
    if (this.#pair === undefined) return;
    this.#question = undefined;
    this.#askAt = Math.min(this.#askAt, now);
  }

  /** IP header included; undefined as long as nothing is known. */
  get bytes(): number | undefined {
    if (this.#pair === undefined || this.#arrived === 0) return undefined;
    const sealed = PROBE_HEADER_BYTES + PROBE_TAG_BYTES + this.#arrived * PROBE_BLOCK_BYTES;
    return HEADER_BYTES[familyOf(this.#pair)] + sealed;
  }

  /** The path carries small packets only. */
  get isBlackHole(): boolean {
    return this.#isBlackHole;
  }

  /** The next ping to send by the path, if one is due; `repeats` when the one before it is not answered. */
  take(now: number, isSending: boolean): (SizedPing & { readonly repeats: boolean }) | undefined {
    const pair = this.#pair;
    if (pair === undefined || now < this.nextDeadline(isSending)) return undefined;
    if (this.#question !== undefined && this.#question.tries >= triesFor(this.#question)) {
      this.#onUnanswered(this.#question, pair, now);
      if (now < this.#askAt) return undefined;
    }
    this.#question ??= { ...this.#next(pair, now), tries: 0, since: now };
    const { blocks, mayFragment } = this.#question;
    const repeats = this.#question.tries > 0;
    this.#question.tries++;
    this.#askAt = now + patienceFor(pair);
    return { blocks, mayFragment, repeats };
  }

  onPong(pair: Pair, { blocks, mayFragment }: SizedPing, now: number): void {
    if (pair !== this.#pair) return;
    this.#isBlackHole = false;
    if (blocks >= TUNNEL_BLOCKS) this.#isCarrying = true;
    if (!mayFragment) {
      this.#arrived = Math.max(this.#arrived, blocks);
      this.#lost = Math.max(this.#lost, blocks + 1);
    }
    if (this.#question !== undefined && this.#question.blocks > blocks) return;
    this.#question = undefined;
    this.#settle(pair, now);
  }

  nextDeadline(isSending: boolean): number {
    const isSearching = this.#question !== undefined || !this.#isCarrying || !this.#isFound();
    return (isSearching && !this.#isBlackHole) || isSending ? this.#askAt : Number.POSITIVE_INFINITY;
  }

  #onUnanswered(question: Question, pair: Pair, now: number): void {
    this.#question = undefined;
    if (pair.answeredUpTo <= question.since) {
      this.#askAt = now + DOUBT_MS;
      return;
    }
    if (question.mayFragment) {
      this.#forget();
      this.#isBlackHole = true;
      this.#askAt = now + CONFIRM_MS;
      return;
    }
    // It has arrived before: nothing of what was known holds.
    if (question.blocks <= this.#arrived) {
      this.#arrived = 0;
      this.#isCarrying = false;
    }
    this.#lost = question.blocks;
    this.#settle(pair, now);
  }

  /** Asks on at once, or later when there is nothing left to find. */
  #settle(pair: Pair, now: number): void {
    if (this.#lost === 0) this.#lost = MOST_BLOCKS[familyOf(pair)] + 1;
    const isDone = this.#isCarrying && this.#isFound();
    this.#askAt = isDone ? now + CONFIRM_MS : now;
    if (!isDone || this.#lost > MOST_BLOCKS[familyOf(pair)]) this.#raiseAt = Number.POSITIVE_INFINITY;
    else if (this.#raiseAt === Number.POSITIVE_INFINITY) this.#raiseAt = now + RAISE_MS;
  }

  #isFound(): boolean {
    return this.#lost > 0 && this.#lost - Math.max(this.#arrived, LEAST_BLOCKS - 1) <= 1;
  }

  #next(pair: Pair, now: number): SizedPing {
    const tunnel = { blocks: TUNNEL_BLOCKS, mayFragment: true };
    if (!this.#isCarrying) return tunnel;
    const most = MOST_BLOCKS[familyOf(pair)];
    if (now >= this.#raiseAt) {
      this.#raiseAt = Number.POSITIVE_INFINITY;
      this.#lost = most + 1;
      return { blocks: most, mayFragment: false };
    }
    if (this.#isFound()) return this.#arrived < TUNNEL_BLOCKS ? tunnel : { blocks: this.#arrived, mayFragment: false };
    if (this.#lost > most) return { blocks: most, mayFragment: false };
    const least = Math.max(this.#arrived, LEAST_BLOCKS - 1);
    return { blocks: Math.ceil((least + this.#lost) / 2), mayFragment: false };
  }

  #forget(): void {
    this.#arrived = 0;
    this.#lost = 0;
    this.#isCarrying = false;
    this.#question = undefined;
    this.#raiseAt = Number.POSITIVE_INFINITY;
  }
}

function triesFor({ mayFragment }: SizedPing): number {
  return mayFragment ? LEAST_TRIES : TRIES;
}

function patienceFor({ stats }: Pair): number {
  return Math.min(MAX_PATIENCE_MS, Math.max(PATIENCE_MS, 2 * stats.lateAfterMs()));
}

function familyOf({ endpoint }: Pair): 4 | 6 {
  return addressFamily(endpoint.address);
}
