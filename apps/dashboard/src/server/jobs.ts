/** What has to be done now and then, whoever is looking. */
import { metricSample, pathAttempt, session } from "@pinhole/drizzle/schema";
import { lt } from "drizzle-orm";
import type { AgentHub } from "./coordination/agent-hub.ts";
import { expireEphemeralDevices } from "./devices/expire-ephemeral-devices.ts";
import type { DashboardProcess } from "./process.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const METRICS_KEPT_MS = 7 * DAY_MS;
const ATTEMPTS_KEPT_MS = 30 * DAY_MS;
/** After its end, so that a sign-in can still be looked into. */
const SESSIONS_KEPT_MS = 30 * DAY_MS;

/** Returns the function that stops them. */
export function startJobs(dashboard: DashboardProcess<AgentHub>): () => void {
  const timers = [
    every(MINUTE_MS, "last seen", () => dashboard.hub.touchAll()),
    every(MINUTE_MS, "ephemeral devices", () => expireEphemeralDevices(dashboard, dashboard.now())),
    every(HOUR_MS, "retention", () => prune(dashboard)),
  ];
  return () => timers.forEach(clearInterval);
}

export function prune({ db, now }: Pick<DashboardProcess, "db" | "now">): void {
  const before = (ms: number) => new Date(now().getTime() - ms);
  db.delete(metricSample)
    .where(lt(metricSample.at, before(METRICS_KEPT_MS)))
    .run();
  db.delete(pathAttempt)
    .where(lt(pathAttempt.startAt, before(ATTEMPTS_KEPT_MS)))
    .run();
  db.delete(session)
    .where(lt(session.expiresAt, before(SESSIONS_KEPT_MS)))
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
