/** 10 MB there and back over a direct path that loses one packet in twenty, fifty milliseconds long. */
import { startPair } from "../natlab/pair.ts";
import { startEcho, startTransfer } from "../natlab/transfer.ts";
import type { Figure } from "./figure.ts";

const BYTES = 10_000_000;
/** TCP itself is slow on such a path: by the usual estimate some 130 kB/s. The bound is that it completes. */
const PATIENCE_MS = 600_000;

export async function measureLossyTransfer(): Promise<Figure> {
  await using pair = await startPair({ delayMs: 12.5 });
  const { lab, a, b } = pair;
  await startEcho(lab, "b");
  await lab.setPath("a", "b", { loss: 0.05 });
  const before = await lab.udpBytesBetween("a", "b");
  const { bytes, isIntact, ms } = await startTransfer(lab, { from: "a", to: b.address, bytes: BYTES }).result(
    PATIENCE_MS,
  );
  if (bytes !== BYTES || !isIntact) throw new Error("the transfer is damaged");
  const direct = (await lab.udpBytesBetween("a", "b")) - before;
  const share = Math.round((100 * direct) / (2 * BYTES));
  const { path } = await a.peer(b.name);
  const name = `10 MB there and back under 5 % loss, checksums right, ${share} % of it directly, ${path.kind} at the end`;
  return { name, unit: "s", values: [ms / 1_000] };
}
