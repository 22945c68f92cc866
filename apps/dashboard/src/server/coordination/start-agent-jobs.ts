/** What the agents' side does without being asked. Returns the function that stops it. */
import { team } from "@pinhole/drizzle/schema";
import { expireEphemeralDevices } from "../devices/expire-ephemeral-devices.ts";
import { expireKeys } from "../devices/expire-keys.ts";
import { removeUnseenDevices } from "../devices/remove-unseen-devices.ts";
import { warnOfExpiry } from "../devices/warn-of-expiry.ts";
import { pruneRecords } from "../metrics/prune-records.ts";
import { PolicyClock } from "../policy/policy-clock.ts";
import type { AgentHub } from "./agent-hub.ts";
import { DatabaseWatch } from "./database-watch.ts";

const WATCH_MS = 500;
const TURNS_MS = 100;
const TOUCH_MS = 60_000;
const EXPIRE_MS = 60_000;
/** A key is good to the second, nearly. */
const EXPIRE_KEYS_MS = 1_000;
const WARN_MS = 600_000;
const UNSEEN_MS = 600_000;
const PRUNE_MS = 600_000;
/** Between two runs of which the first could not take everything away. */
const PRUNE_AGAIN_MS = 2_000;

export function startAgentJobs(hub: AgentHub): () => void {
  const watch = new DatabaseWatch(hub.db);
  let again: NodeJS.Timeout | undefined;
  const policies = new PolicyClock(hub);
  let dueAt: NodeJS.Timeout | undefined;
  const timers = [
    every(WATCH_MS, lookAtPolicies),
    every(WATCH_MS, () => {
      if (!watch.hasChanged()) return;
      for (const teamId of hub.onlineTeams) hub.hintTeam(teamId);
      for (const { teamId } of hub.db.select({ teamId: team.id }).from(team).all())
        hub.bus.publish({ teamId, kind: "elsewhere" });
    }),
    every(TURNS_MS, () => hub.desk.tick()),
    every(TOUCH_MS, () => hub.touchAll()),
    every(EXPIRE_MS, () => expireEphemeralDevices(hub)),
    every(EXPIRE_KEYS_MS, () => expireKeys(hub)),
    every(WARN_MS, () => warnOfExpiry(hub)),
    every(UNSEEN_MS, () => removeUnseenDevices(hub)),
    every(PRUNE_MS, prune),
  ];
  return () => {
    clearTimeout(again);
    clearTimeout(dueAt);
    for (const timer of timers) clearInterval(timer);
  };

  /** What is due before the next look gets a look of its own, at its moment. */
  function lookAtPolicies(): void {
    clearTimeout(dueAt);
    const inMs = policies.tick();
    if (inMs !== null && inMs < WATCH_MS) dueAt = setTimeout(guarded(lookAtPolicies), inMs).unref();
  }

  function prune(): void {
    clearTimeout(again);
    if (pruneRecords(hub.db, hub.now()) === "more") again = setTimeout(guarded(prune), PRUNE_AGAIN_MS).unref();
  }

  function every(ms: number, job: () => void): NodeJS.Timeout {
    return setInterval(guarded(job), ms).unref();
  }

  function guarded(job: () => void): () => void {
    return () => {
      try {
        job();
      } catch (error) {
        hub.reportError("job", error);
      }
    };
  }
}
