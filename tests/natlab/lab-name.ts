/**
 * Names of labs, and whether the process that made one still lives.
 *
 *     nl<pid>.<start>.<counter>-<node>     a namespace
 *
 * The start time tells a process from a later one with the same number, so a lab is never
 * swept away under a running test and never kept for a stranger.
 */
import { readdirSync, readFileSync } from "node:fs";

const NAMESPACES = "/run/netns";
const PATTERN = /^(nl(\d+)\.([0-9a-z]+)\.\d+)(?:-|$)/;

let counter = 0;

export function nextLabName(): string {
  counter++;
  return `nl${process.pid}.${startTime(process.pid)}.${counter}`;
}

export function namespacesOf(lab: string): string[] {
  return listNamespaces().filter((name) => PATTERN.exec(name)?.[1] === lab);
}

/** Labs whose process is gone. */
export function deadLabs(): Set<string> {
  const dead = new Set<string>();
  for (const name of listNamespaces()) {
    const [, lab, pid, start] = PATTERN.exec(name) ?? [];
    if (lab && start !== startTime(Number(pid))) dead.add(lab);
  }
  return dead;
}

function listNamespaces(): string[] {
  try {
    return readdirSync(NAMESPACES);
  } catch {
    return []; // Made by the first `ip netns add` after boot.
  }
}

/** In ticks since boot, base 36; undefined without such a process. */
function startTime(pid: number): string | undefined {
  try {
    // The command name is in parentheses and may contain anything, so count from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[19]).toString(36);
  } catch {
    return undefined;
  }
}
