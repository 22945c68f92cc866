/** Sends what waits, one at a time to each webhook, and tries again what failed. The queue is the database's: nothing is lost with the process. */
import type { Db } from "@pinhole/drizzle";
import { type DeliveryRow, webhook, webhookDelivery, type WebhookRow } from "@pinhole/drizzle/schema";
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

/** At once, over all teams: one team's slow receivers must not use up the server's sockets. */
const MAX_IN_FLIGHT = 16;

type Sources = { readonly db: Db; readonly sealingKey: Uint8Array; readonly now: () => Date };

export class WebhookSender {
  readonly #sources: Sources;
  readonly #resolve: Resolve;
  readonly #inFlight = new Map<WebhookRow["id"], Promise<void>>();

  constructor(sources: Sources, resolve: Resolve = resolveByDns) {
    this.#sources = sources;
    this.#resolve = resolve;
  }

  /** Sends what is due, and returns when that is over. What is being sent already is left to whoever began it. */
  async sendDue(): Promise<void> {
    const { db, now } = this.#sources;
    const hooks = db
      .selectDistinct({ id: webhookDelivery.webhookId })
      .from(webhookDelivery)
      .where(and(eq(webhookDelivery.status, "waiting"), lte(webhookDelivery.dueAt, now())))
      .all();
    const begun: Promise<void>[] = [];
    for (const { id } of hooks) {
      if (this.#inFlight.size >= MAX_IN_FLIGHT) break;
      if (this.#inFlight.has(id)) continue;
      const sending = this.#drain(id).finally(() => this.#inFlight.delete(id));
      this.#inFlight.set(id, sending);
      begun.push(sending);
    }
    await Promise.all(begun);
  }

  async #drain(webhookId: WebhookRow["id"]): Promise<void> {
    const { db, now } = this.#sources;
    for (;;) {
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
      if (next === undefined) return;
      await this.#send(next.delivery, next.hook);
    }
  }

  async #send(delivery: DeliveryRow, hook: WebhookRow): Promise<void> {
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
  }
}
