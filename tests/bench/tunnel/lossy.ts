/** 10 MB there and back through the tunnel, over a cable that loses one packet in five of either end's. */
import { startEcho, startTransfer } from "../../natlab/transfer.ts";
import type { Figure } from "../figure.ts";
import { openPinhole } from "./pinhole.ts";
import { Wire } from "./wire.ts";

const BYTES = 10_000_000;
const LOSS = 0.2;
/** TCP makes little of such a cable whatever carries it. The bound is that it completes. */
const PATIENCE_MS = 900_000;

export async function measureLossyTransfer(): Promise<Figure> {
  await using wire = new Wire();
  const { address } = await openPinhole(wire, "fast");
  await startEcho(wire, "b");
  await wire.setLoss(LOSS);
  const transfer = startTransfer(wire, { from: "a", to: address.b, bytes: BYTES });
  const { bytes, isIntact, ms } = await transfer.result(PATIENCE_MS);
  if (bytes !== BYTES || !isIntact) throw new Error("the transfer is damaged");
  return { name: `10 MB there and back under ${LOSS * 100} % loss, checksums right`, unit: "s", values: [ms / 1_000] };
}
