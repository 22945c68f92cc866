/**
 * Takes labs down: every process inside, every namespace, the temporary directory.
 * Synchronous, because it must also work while the process exits.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { deadLabs, namespacesOf } from "./lab-name.ts";

/** A process that forks while it is being killed needs another look; more than a few would be a fork bomb. */
const ROUNDS = 5;

export function labDirectory(lab: string): string {
  return path.join(tmpdir(), lab);
}

export function dismantle(lab: string): void {
  const namespaces = namespacesOf(lab);
  const inodes = new Set(namespaces.map((name) => statSync(`/run/netns/${name}`, { throwIfNoEntry: false })?.ino));
  inodes.delete(undefined);
  for (let round = 0; round < ROUNDS && killInside(inodes) > 0; round++);
  if (namespaces.length > 0) {
    // Its exit code says nothing: another lab may be sweeping the same ones at this moment.
    spawnSync("ip", ["-force", "-batch", "-"], { input: namespaces.map((name) => `netns del ${name}`).join("\n") });
  }
  rmSync(labDirectory(lab), { recursive: true, force: true });
}

/** What a test left behind that was killed before it could tidy up. */
export function sweepDeadLabs(): void {
  for (const lab of deadLabs()) dismantle(lab);
}

/** Finds daemons too, which nobody has a handle on. Returns how many it found alive. */
function killInside(inodes: ReadonlySet<number | undefined>): number {
  let found = 0;
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const inode = /^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1];
      if (!inodes.has(Number(inode))) continue;
      process.kill(pid, "SIGKILL");
      found++;
    } catch {
      // It ended by itself in between.
    }
  }
  return found;
}
