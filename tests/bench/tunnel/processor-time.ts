/** What programs have used of the processors, which says more on a busy machine than what they got done in a second. */
import { readFileSync } from "node:fs";

/** USER_HZ, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Of /proc/PID/stat, counted behind the program's name, which may have spaces in it. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

export function processorSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}
