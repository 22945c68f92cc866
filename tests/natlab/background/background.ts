/** Flows of other devices behind a NAT: they use up its ports while somebody tries to guess the next one. */
import { fileURLToPath } from "node:url";
import type { Lab } from "../lab.ts";
import type { LabProcess } from "../lab-process.ts";
import { GATEWAY } from "../topology.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PATIENCE_MS = 10_000;

/** What a busy household begins; more would measure this machine. */
const MAX_PER_SECOND = 100;

export type BackgroundOptions<Name extends string> = {
  /** Best one of its own in the LAN that it is to disturb. */
  readonly host: Name;
  /** Mean of a Poisson process. */
  readonly perSecond: number;
  readonly seed?: number;
};

/** Runs until it is killed or the lab ends. */
export async function startBackground<Name extends string>(
  lab: Lab<Name>,
  { host, perSecond, seed = 1 }: BackgroundOptions<Name>,
): Promise<LabProcess> {
  if (!(perSecond > 0 && perSecond <= MAX_PER_SECOND)) throw new RangeError(`0 to ${MAX_PER_SECOND} flows a second`);
  const background = lab.spawn(host, [process.execPath, MAIN, GATEWAY, String(perSecond), String(seed)]);
  await background.waitForLine(/begins/, PATIENCE_MS);
  return background;
}
