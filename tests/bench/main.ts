/**
 * `npm run bench [NAME…]`: the figures that the project promises, measured on real programs in the lab. Needs root and a
 * machine that does nothing else; two cores are enough. Exits with 1 when a bound is missed.
 */
import { measureDeadPath } from "./dead-path.ts";
import { type Figure, formatFigures, isMet } from "./figure.ts";
import { measureFirstContact } from "./first-contact.ts";
import { measureCrowd, measureIdleAgent } from "./idle-memory.ts";
import { measureLossyTransfer } from "./lossy-transfer.ts";
import { measurePolicy } from "./policy.ts";
import { measureEnforcement } from "./policy-enforced.ts";
import { measureSimulator } from "./simulator.ts";
import { measureUpToOnline } from "./up-to-online.ts";

/** One way, between an agent and the server. */
const NEAR_MS = 12.5;
const FAR_MS = 25;

const BENCHES: Readonly<Record<string, () => Promise<Figure | readonly Figure[]>>> = {
  policy: async () => measurePolicy(),
  "policy-enforced": measureEnforcement,
  up: measureUpToOnline,
  contact: () => measureFirstContact(NEAR_MS, true),
  "contact-far": () => measureFirstContact(FAR_MS, false),
  "dead-path": measureDeadPath,
  loss: measureLossyTransfer,
  agent: measureIdleAgent,
  crowd: measureCrowd,
  simulator: measureSimulator,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}

const figures: Figure[] = [];
let isBroken = false;
for (const [name, measure] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  try {
    figures.push(...[await measure()].flat());
  } catch (error) {
    // The others are still worth having.
    isBroken = true;
    console.error(`${name} could not be measured:`, error);
  }
}
console.log(formatFigures(figures));
process.exit(!isBroken && figures.every(isMet) ? 0 : 1);
