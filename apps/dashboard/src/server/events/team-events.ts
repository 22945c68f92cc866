/** One team's hints as an endless stream, with a heartbeat that also asks whether the reader may go on reading. */
import { randomBytes } from "node:crypto";
import type { TeamId } from "@pinhole/protocol";
import type { Bus } from "../bus.ts";
import type { Sight } from "../devices/sight.ts";
import { HintBatch, type TeamEvent } from "./hint.ts";
import { shownHints } from "./shown-hints.ts";

/** Half of the ten seconds within which a revoked session must be cut off. */
export const HEARTBEAT_MS = 5_000;

/** What happens within this is one message: shorter than anybody notices. */
const GATHER_MS = 100;

const BOOT = randomBytes(8).toString("hex");

type Options = {
  readonly bus: Bus;
  readonly teamId: TeamId;
  readonly now: () => Date;
  /** Asked before every message for what the reader may know of; throws when they have lost the right to read. */
  readonly authorize: () => Sight;
  readonly signal: AbortSignal | undefined;
  readonly heartbeatMs?: number;
};

export async function* teamEvents({
  bus,
  teamId,
  now,
  authorize,
  signal,
  heartbeatMs = HEARTBEAT_MS,
}: Options): AsyncGenerator<TeamEvent, void> {
  const batch = new HintBatch();
  let wake = () => {};
  let sequence = 0;
  let before: Sight | undefined;
  const unsubscribe = bus.subscribe((event) => {
    if (event.teamId !== teamId) return;
    batch.add(event);
    wake();
  });
  try {
    yield { kind: "hello", boot: BOOT, sequence, at: now(), heartbeatMs };
    while (!isAborted(signal)) {
      if (batch.isEmpty) await waitFor(heartbeatMs, signal, (resume) => (wake = resume));
      if (!batch.isEmpty) await waitFor(GATHER_MS, signal);
      if (isAborted(signal)) return;
      const sight = authorize();
      const hints = shownHints(batch.take(), sight, before);
      before = sight;
      yield hints.length === 0
        ? { kind: "heartbeat", sequence, at: now() }
        : { kind: "hints", sequence: ++sequence, at: now(), hints };
    }
  } finally {
    unsubscribe();
  }
}

/** A function, because the signal changes while the generator waits. */
const isAborted = (signal: AbortSignal | undefined) => signal?.aborted ?? false;

/** Until the time is over, the signal fires or the function handed to `onWake` is called. */
async function waitFor(
  ms: number,
  signal: AbortSignal | undefined,
  onWake?: (resume: () => void) => void,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  onWake?.(resolve);
  await promise;
  clearTimeout(timer);
}
