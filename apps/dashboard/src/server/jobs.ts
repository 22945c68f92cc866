/** What has to be done now and then, whoever is looking. */
import { session, signInLink, webhookDelivery } from "@pinhole/drizzle/schema";
import { lt } from "drizzle-orm";
import type { AgentHub } from "./coordination/agent-hub.ts";
import { startAgentJobs } from "./coordination/start-agent-jobs.ts";
import type { DashboardProcess } from "./process.ts";
import { WebhookSender } from "./webhooks/webhook-sender.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** After its end, so that a sign-in can still be looked into. */
const SESSIONS_KEPT_MS = 30 * DAY_MS;

/** What waits is sent within this; a look at an empty queue is one read of an index. */
const WEBHOOKS_MS = 1_000;

const DELIVERIES_KEPT_MS = 30 * DAY_MS;

/** Returns the function that stops them. */
export function startJobs(dashboard: DashboardProcess<AgentHub>): () => void {
  const stopAgentJobs = startAgentJobs(dashboard.hub);
  const timer = every(HOUR_MS, "retention", () => prune(dashboard));
  const webhooks = new WebhookSender(dashboard);
  const sending = every(WEBHOOKS_MS, "webhooks", () => {
    webhooks.sendDue().catch((error: unknown) => console.error("webhooks failed:", error));
  });
  return () => {
    stopAgentJobs();
    clearInterval(timer);
    clearInterval(sending);
  };
}

export function prune({ db, now }: Pick<DashboardProcess, "db" | "now">): void {
  const before = (ms: number) => new Date(now().getTime() - ms);
  db.delete(session)
    .where(lt(session.expiresAt, before(SESSIONS_KEPT_MS)))
    .run();
  db.delete(signInLink).where(lt(signInLink.expiresAt, now())).run();
  db.delete(webhookDelivery)
    .where(lt(webhookDelivery.createdAt, before(DELIVERIES_KEPT_MS)))
    .run();
}

function every(ms: number, what: string, run: () => void): NodeJS.Timeout {
  return setInterval(() => {
    try {
      run();
    } catch (error) {
      console.error(`${what} failed:`, error);
    }
  }, ms).unref();
}
