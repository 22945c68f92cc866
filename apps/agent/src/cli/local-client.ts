/** The command line's side of the daemon's unix socket. */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { err, ok, type Result } from "@pinhole/protocol";
import { type LocalAnswer, type LocalRequest, localAnswerSchema } from "../daemon/local-messages.ts";

export type LocalError = { readonly code: "not-running" } | { readonly code: "failed"; readonly message: string };

/** Sends one request and reads answers until the daemon closes; `each` may return false to stop early. */
export async function askDaemon(
  socketPath: string,
  request: LocalRequest,
  each: (answer: LocalAnswer) => boolean | void,
): Promise<Result<void, LocalError>> {
  const socket = connect(socketPath);
  const opened = await new Promise<Result<void, LocalError>>((resolve) => {
    socket.once("connect", () => resolve(ok(undefined)));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(err(openError(error, socketPath))));
  });
  if (!opened.ok) return opened;
  socket.on("error", () => socket.destroy());
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
    return ok(undefined);
  } catch (error) {
    return err({ code: "failed", message: error instanceof Error ? error.message : String(error) });
  } finally {
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

function openError(error: NodeJS.ErrnoException, socketPath: string): LocalError {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") return { code: "not-running" };
  if (error.code === "EACCES") {
    return {
      code: "failed",
      message: `No permission for ${socketPath}. Run this as the user who runs the agent (often: sudo).`,
    };
  }
  return { code: "failed", message: error.message };
}
