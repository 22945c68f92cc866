/** A direct path that loses packets is still the path. */
import { expect, test } from "vitest";
import { startPair } from "./pair.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";

const TRANSFER_BYTES = 10 * MIB;

test("10 MiB arrive intact, directly, over a path that loses one packet in twenty", async () => {
  await using pair = await startPair({ delayMs: 1 });
  const { lab, b } = pair;
  await startEcho(lab, "b");
  await lab.setPath("a", "b", { loss: 0.05 });
  const before = await lab.udpBytesBetween("a", "b");
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES });
  expect(await transfer.result(90_000)).toMatchObject({ bytes: TRANSFER_BYTES, isIntact: true });
  // Counted behind the loss, so it is what got through: far more than half of it directly.
  expect((await lab.udpBytesBetween("a", "b")) - before).toBeGreaterThan(1.5 * TRANSFER_BYTES);
});
