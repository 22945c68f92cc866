/** `pinhole relay`: claims the state directory's socket for questions, serves, and stops when it is told to. */
import { err, ok, type Result } from "@pinhole/protocol";
import type { Io } from "../cli/command.ts";
import { wallMs } from "../clock.ts";
import { type LocalHandler, openLocalApi } from "../daemon/local-api.ts";
import { isLogLevel, newLog } from "../log.ts";
import { StateStore } from "../state/store.ts";
import type { RelayServerOptions } from "./relay-options.ts";
import { type RelayServer, startRelayServer } from "./relay-server.ts";

/** Until the signal. The error is a sentence. */
export async function runRelay(
  options: RelayServerOptions,
  stateDirectory: string,
  io: Io,
): Promise<Result<void, string>> {
  const level = io.env.PINHOLE_LOG_LEVEL ?? "info";
  const log = newLog(io.stderr, isLogLevel(level) ? level : "info", wallMs);
  let server: RelayServer | undefined;
  const { relaySocketPath } = new StateStore(stateDirectory);
  const answer: LocalHandler = async (request, say) => {
    if (request.op !== "relay-status") say({ kind: "error", message: "This is a relay: it has no peers." });
    else if (server === undefined) say({ kind: "error", message: "The relay is starting. Ask again in a moment." });
    else say({ kind: "relay-status", relay: server.status() });
  };
  const api = await openLocalApi(relaySocketPath, answer, "relay");
  if (!api.ok) return api;
  try {
    server = await startRelayServer(options, log);
    await untilAborted(io.signal);
    log.info("stopping");
    await server.close();
    log.info("stopped");
    return ok(undefined);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  } finally {
    await api.value.close();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
