/** How long nothing comes through when the direct path dies under traffic. */
import { startPair, untilDirect, untilPath } from "../natlab/pair.ts";
import { PingStream } from "../natlab/ping-stream.ts";
import type { Figure } from "./figure.ts";

const RUNS = 3;
/** Replies after the cut, at ten a second: enough to be sure that the gap is over. */
const REPLIES_AFTER = 45;

export async function measureDeadPath(): Promise<Figure> {
  await using pair = await startPair({ delayMs: 12.5 });
  const { lab, a, b } = pair;
  const values: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const pings = await PingStream.start(lab, "a", b.address);
    await pings.untilReplyAfter(20);
    await lab.setPath("a", "b", { block: "udp" });
    await pings.untilReplyAfter(pings.lastSequence + REPLIES_AFTER);
    values.push(pings.longestGapMs);
    await pings.stop();
    await untilPath(a, b, "relay");
    await lab.setPath("a", "b", { block: "nothing" });
    await untilDirect(a, b);
  }
  return { name: "dead direct path to traffic on the relay", bound: 2_500, unit: "ms", values };
}
