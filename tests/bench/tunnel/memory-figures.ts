/** What an agent takes that waits, and what a datapath takes with a thousand peers, a hundred of which have been sending. */
import type { Figure } from "../figure.ts";
import { measureIdleAgent } from "../idle-memory.ts";
import { Crowded } from "./crowding.ts";

const KNOWN = 1_000;
const ACTIVE = 100;
const SECONDS = 5;

export async function measureMemory(): Promise<readonly Figure[]> {
  const idle = await measureIdleAgent();
  await using crowded = await Crowded.open(KNOWN, ACTIVE);
  await crowded.measure(SECONDS);
  const name = `memory with ${KNOWN} peers known and ${ACTIVE} that send`;
  return [idle, { name, bound: 150, unit: "MB", values: [crowded.residentMegabytes] }];
}
