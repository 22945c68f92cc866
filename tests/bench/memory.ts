import { readFileSync } from "node:fs";

/** Resident memory of a process, in megabytes. Processes of the lab have a network of their own, and the machine's numbers. */
export function residentMegabytes(pid: number): number {
  return statusMegabytes(pid, "VmRSS");
}

/** What of it is the process's own, without the pages of files: those of Node's program come and go each minute. */
export function ownMegabytes(pid: number): number {
  return statusMegabytes(pid, "RssAnon");
}

function statusMegabytes(pid: number, name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m");
  const [, kilobytes] = line.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} is gone`);
  return (Number(kilobytes) * 1_024) / 1e6;
}
