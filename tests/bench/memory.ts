import { readFileSync } from "node:fs";

/** Resident memory of a process, in megabytes. Processes of the lab have a network of their own, and the machine's numbers. */
export function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} is gone`);
  return (Number(kilobytes) * 1_024) / 1e6;
}
