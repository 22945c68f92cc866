/** Opens a TCP connection as any program on this machine would, to see whether what the policy says is so. */
import { connect, type Socket } from "node:net";
import type { ReachOutcome, ReachProbe } from "@pinhole/protocol/control";
import { monotonicMs } from "../clock.ts";
import type { SessionCalls } from "../control/session-calls.ts";

/** @param open for tests */
export function tryReach(
  { address, port, timeoutMs }: Omit<ReachProbe, "probeId">,
  open: (target: { readonly host: string; readonly port: number }) => Socket = connect,
): Promise<{
  readonly outcome: ReachOutcome;
  readonly ms: number;
}> {
  const startedAt = monotonicMs();
  const { promise, resolve } = Promise.withResolvers<ReachOutcome>();
  const socket = open({ host: address, port });
  const late = setTimeout(() => resolve("silent"), timeoutMs);
  socket.once("connect", () => resolve("connected"));
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(OUTCOMES[error.code ?? ""] ?? "unreachable"));
  return promise.then((outcome) => {
    clearTimeout(late);
    socket.destroy();
    return { outcome, ms: Math.round((monotonicMs() - startedAt) * 10) / 10 };
  });
}

const OUTCOMES: Readonly<Record<string, ReachOutcome>> = { ECONNREFUSED: "refused", ETIMEDOUT: "silent" };

export function answerReachProbe(probe: ReachProbe, calls: Pick<SessionCalls, "reportReach">): void {
  void tryReach(probe).then((found) => calls.reportReach({ probeId: probe.probeId, ...found }));
}
