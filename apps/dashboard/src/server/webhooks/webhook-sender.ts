/**
 * Sends what waits, one at a time to each webhook, and tries again what failed. The queue is the database's: nothing is
 * lost with the process.
 *
 * No team waits for another one's receivers: each has a few at once, and after a turn makes room for those that have
 * waited longer.
 */
import type { Db } from "@pinhole/drizzle";
import { type DeliveryRow, webhook, webhookDelivery, type WebhookRow } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, asc, eq, lte } from "drizzle-orm";
import { unseal } from "../storage/seal.ts";
import { postBody } from "./post-body.ts";
import { type Resolve, resolveByDns } from "./public-lookup.ts";
import { sealPurpose, signBody } from "./sign-body.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** After each attempt that failed; after the last it is given up. A receiver that is deployed anew loses nothing. */
const RETRY_MS = [10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 120 * MINUTE_MS];
export const MAX_ATTEMPTS = RETRY_MS.length + 1;

const TIMEOUT_MS = 10 * SECOND_MS;

/** At once: slow receivers must not use up the server's sockets, nor one team's what there is for all. */
export type SendingLimits = { readonly total: number; readonly perTeam: number };
const LIMITS: SendingLimits = { total: 64, perTeam: 4 };
/** Of a webhook whose receiver takes everything; one that does not has had its turn. */
const DELIVERIES_OF_A_TURN = 16;

type Hook = Pick<WebhookRow, "id" | "teamId">;
type Sources = { readonly db: Db; readonly sealingKey: Uint8Array; readonly now: () => Date };

export class WebhookSender {
  readonly #sources: Sources;
  readonly #resolve: Resolve;
  readonly #limits: SendingLimits;
  readonly #inFlight = new Map<WebhookRow["id"], TeamId>();
  /** Counts up with each turn; by team, that of its last one. */
  #turn = 0;
  readonly #lastTurn = new Map<TeamId, number>();

  constructor(sources: Sources, resolve: Resolve = resolveByDns, limits: SendingLimits = LIMITS) {
    this.#sources = sources;
    this.#resolve = resolve;
    this.#limits = limits;
  }

  /** Sends what is due, and returns when that is over. What is being sent already is left to whoever began it. */
  async sendDue(): Promise<void> {
    const turns = new Set<Promise<void>>();
    this.#beginTurns(turns);
    try {
      while (turns.size > 0) {
        await Promise.race(turns);
        // A turn that is over makes room.
        this.#beginTurns(turns);
      }
    } finally {
      await Promise.allSettled(turns);
    }
  }

  #beginTurns(turns: Set<Promise<void>>): void {
    const due = this.#due();
    for (let next = this.#next(due); next !== undefined; next = this.#next(due)) {
      const turn = this.#takeTurn(next).finally(() => turns.delete(turn));
      turns.add(turn);
    }
  }

  #due(): Hook[] {
    const { db, now } = this.#sources;
    return db
      .selectDistinct({ id: webhook.id, teamId: webhook.teamId })
      .from(webhookDelivery)
      .innerJoin(webhook, eq(webhook.id, webhookDelivery.webhookId))
      .where(and(eq(webhookDelivery.status, "waiting"), lte(webhookDelivery.dueAt, now())))
      .all();
  }

  /** Of the teams that may send more, the one whose last turn is the longest ago. */
  #next(due: readonly Hook[]): Hook | undefined {
    if (this.#inFlight.size >= this.#limits.total) return undefined;
    const held = Map.groupBy(this.#inFlight.values(), (teamId) => teamId);
    return due
      .filter(({ id, teamId }) => !this.#inFlight.has(id) && (held.get(teamId)?.length ?? 0) < this.#limits.perTeam)
      .toSorted((a, b) => this.#lastTurnOf(a) - this.#lastTurnOf(b))[0];
  }

  #lastTurnOf({ teamId }: Hook): number {
    return this.#lastTurn.get(teamId) ?? 0;
  }

  async #takeTurn({ id, teamId }: Hook): Promise<void> {
    this.#inFlight.set(id, teamId);
    this.#lastTurn.set(teamId, ++this.#turn);
    try {
      await this.#sendSome(id);
    } finally {
      this.#inFlight.delete(id);
    }
  }

  async #sendSome(webhookId: WebhookRow["id"]): Promise<void> {
    const { db, now } = this.#sources;
    for (let sent = 0; sent < DELIVERIES_OF_A_TURN; sent++) {
      const isDue = and(
        eq(webhookDelivery.webhookId, webhookId),
        eq(webhookDelivery.status, "waiting"),
        lte(webhookDelivery.dueAt, now()),
      );
      const next = db
        .select({ delivery: webhookDelivery, hook: webhook })
        .from(webhookDelivery)
        .innerJoin(webhook, eq(webhook.id, webhookDelivery.webhookId))
        .where(isDue)
        .orderBy(asc(webhookDelivery.dueAt), asc(webhookDelivery.createdAt), asc(webhookDelivery.id))
        .get();
      if (next === undefined || (await this.#send(next.delivery, next.hook)) === "failed") return;
    }
  }

  async #send(delivery: DeliveryRow, hook: WebhookRow): Promise<"delivered" | "failed"> {
    const { db, sealingKey, now } = this.#sources;
    const secret = unseal(sealingKey, hook.sealedSecret, sealPurpose(hook.id));
    const timestamp = String(Math.floor(now().getTime() / SECOND_MS));
    const { id, event, body } = delivery;
    const posted =
      secret === undefined
        ? { status: null, problem: "secret-lost", tookMs: 0 }
        : await postBody({
            url: hook.url,
            body,
            mayReachPrivate: hook.mayReachPrivate,
            resolve: this.#resolve,
            timeoutMs: TIMEOUT_MS,
            headers: {
              "content-type": "application/json",
              "user-agent": "Pinhole-Webhook",
              "pinhole-event": event,
              "pinhole-delivery": id,
              "pinhole-timestamp": timestamp,
              "pinhole-signature": signBody(Buffer.from(secret).toString(), timestamp, body),
            },
          });
    const attempts = delivery.attempts + 1;
    const wait = RETRY_MS[attempts - 1];
    const isOver = posted.problem === null || wait === undefined;
    db.update(webhookDelivery)
      .set({
        attempts,
        responseStatus: posted.status,
        problem: posted.problem,
        tookMs: posted.tookMs,
        ...(isOver
          ? { status: posted.problem === null ? "delivered" : "failed", finishedAt: now() }
          : { dueAt: new Date(now().getTime() + wait) }),
      })
      .where(eq(webhookDelivery.id, id))
      .run();
    return posted.problem === null ? "delivered" : "failed";
  }
}
