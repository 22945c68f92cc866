/**
 * The other devices of a household: begins UDP flows at random moments, each from a socket of its own, to where nobody
 * listens.
 *
 *     node main.ts <address> <flows per second> <seed>
 */
import { createSocket } from "node:dgram";
import { setTimeout as delay } from "node:timers/promises";
import { mulberry32 } from "../mulberry32.ts";

/** RFC 863: to be thrown away. */
const DISCARD = 9;

const [address = "", perSecond, seed] = process.argv.slice(2);
const random = mulberry32(Number(seed));

console.log("begins");
// Counted from the moment that was meant, so that a late timer costs no flow.
for (let due = performance.now(); ; await delay(due - performance.now())) {
  beginFlow();
  due += nextGapMs();
}

/** Exponential: independent events at a mean rate. */
function nextGapMs(): number {
  return (-Math.log(1 - random()) * 1_000) / Number(perSecond);
}

function beginFlow(): void {
  const socket = createSocket("udp4");
  socket.send("background", DISCARD, address, () => socket.close());
}
