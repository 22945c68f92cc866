/** The command line's side of the daemon's unix socket. */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { err, ok, type Result } from "@pinhole/protocol";
import { type LocalAnswer, type LocalRequest, localAnswerSchema } from "../daemon/local-messages.ts";

export type LocalError = { readonly code: "not-running" } | { readonly code: "failed"; readonly message: string };

/** Beyond what the request itself asks for: a daemon that takes longer hangs. */
const PATIENCE_MS: Record<LocalRequest["op"], number> = {
  status: 5_000,
  metrics: 5_000,
  "relay-status": 5_000,
  why: 15_000,
  ping: 5_000,
  netcheck: 60_000,
  down: 10_000,
};

/** Sends one request and reads answers until the daemon closes; `each` may return false to stop early. */
export async function askDaemon(
  socketPath: string,
  request: LocalRequest,
  each: (answer: LocalAnswer) => boolean | void,
): Promise<Result<void, LocalError>> {
  let socket: Socket;
  try {
    socket = connect(socketPath);
  } catch (error) {
    return err({ code: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  const opened = await new Promise<Result<void, LocalError>>((resolve) => {
    socket.once("connect", () => resolve(ok(undefined)));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(err(openError(error, socketPath))));
  });
  if (!opened.ok) return opened;
  socket.on("error", () => socket.destroy());
  let isLate = false;
  const patienceMs = PATIENCE_MS[request.op] + (request.op === "ping" ? request.timeoutMs : 0);
  const timer = setTimeout(() => {
    isLate = true;
    socket.destroy();
  }, patienceMs);
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    for await (const line of createInterface({ input: socket })) {
      const answer = localAnswerSchema.safeParse(JSON.parse(line));
      if (!answer.success)
        return err({
          code: "failed",
          message:
            "The daemon answered in a form that this command does not know: it is of another version. Run `pinhole down` and `pinhole up`.",
        });
      if (answer.data.kind === "error") return err({ code: "failed", message: answer.data.message });
      if (each(answer.data) === false) break;
    }
    return isLate ? err(hangs(patienceMs)) : ok(undefined);
  } catch (error) {
    if (isLate) return err(hangs(patienceMs));
    return err({ code: "failed", message: error instanceof Error ? error.message : String(error) });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The first answer alone. */
export async function askOnce(socketPath: string, request: LocalRequest): Promise<Result<LocalAnswer, LocalError>> {
  let first: LocalAnswer | undefined;
  const asked = await askDaemon(socketPath, request, (answer) => {
    first = answer;
    return false;
  });
  if (!asked.ok) return asked;
  return first === undefined ? err({ code: "failed", message: "The daemon closed without an answer." }) : ok(first);
}

const hangs = (patienceMs: number): LocalError => ({
  code: "failed",
  message: `The agent runs and has not answered for ${Math.round(patienceMs / 1_000)} s. Its log may say why; \`pinhole down\` and \`pinhole up\` start it anew.`,
});

function openError(error: NodeJS.ErrnoException, socketPath: string): LocalError {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED" || error.code === "ENOTDIR")
    return { code: "not-running" };
  if (error.code === "EACCES") {
    return {
      code: "failed",
      message: `No permission for ${socketPath}. Run this as the user who runs the agent (often: sudo).`,
    };
  }
  return { code: "failed", message: error.message };
}
