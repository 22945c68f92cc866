/** What the agents' side does without being asked. Returns the function that stops it. */
import { expireEphemeralDevices } from "../devices/expire-ephemeral-devices.ts";
import { pruneRecords } from "../metrics/prune-records.ts";
import type { AgentHub } from "./agent-hub.ts";
import { DatabaseWatch } from "./database-watch.ts";

const WATCH_MS = 500;
const TOUCH_MS = 60_000;
const EXPIRE_MS = 60_000;
const PRUNE_MS = 600_000;

export function startAgentJobs(hub: AgentHub): () => void {
  const watch = new DatabaseWatch(hub.db);
  const timers = [
    every(WATCH_MS, () => {
      if (watch.hasChanged()) for (const teamId of hub.onlineTeams) hub.hintTeam(teamId);
    }),
    every(TOUCH_MS, () => hub.touchAll()),
    every(EXPIRE_MS, () => expireEphemeralDevices(hub)),
    every(PRUNE_MS, () => pruneRecords(hub.db, hub.now())),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };

  function every(ms: number, job: () => void): NodeJS.Timeout {
    const run = () => {
      try {
        job();
      } catch (error) {
        hub.reportError("job", error);
      }
    };
    return setInterval(run, ms).unref();
  }
}
