/**
 * The daemon's side of the unix socket. Mode 0600 in a directory of mode 0700: who can open it may already do everything
 * that it offers. Never TCP, so that no web page can reach it.
 */
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { ok, type Result } from "@pinhole/protocol";
import { type Claimant, claimSocket } from "./claim-socket.ts";
import { type LocalAnswer, type LocalRequest, localRequestSchema } from "./local-messages.ts";

const MAX_REQUEST_BYTES = 4_096;
const IDLE_MS = 10_000;
/** For the last answers to leave. */
const CLOSE_MS = 200;

export type LocalHandler = (request: LocalRequest, answer: (message: LocalAnswer) => void) => Promise<void>;

export type LocalApi = {
  /** Answers under way are finished; then the directory is free for another daemon. */
  close(): Promise<void>;
};

/** Also the claim to the state directory: in words when another daemon has it. */
export async function openLocalApi(
  path: string,
  handle: LocalHandler,
  who: Claimant = "agent",
): Promise<Result<LocalApi, string>> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, handle);
  });
  const claimed = await claimSocket(server, path, who);
  if (!claimed.ok) {
    server.close();
    return claimed;
  }
  return ok({ close: () => close(server, sockets, path) });
}

async function close(server: Server, sockets: ReadonlySet<Socket>, path: string): Promise<void> {
  // First the name: whoever comes from here on finds nobody, and may begin.
  rmSync(path, { force: true });
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const late = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, CLOSE_MS);
  await closed;
  clearTimeout(late);
}

function serve(socket: Socket, handle: LocalHandler): void {
  let text = "";
  let isAsked = false;
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE_MS, () => {
    if (!isAsked) socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  const answer = (message: LocalAnswer): void => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  socket.on("data", (chunk: string) => {
    if (isAsked) return;
    text += chunk;
    const end = text.indexOf("\n");
    if (end < 0) {
      if (text.length > MAX_REQUEST_BYTES) socket.destroy();
      return;
    }
    isAsked = true;
    const request = localRequestSchema.safeParse(parseJson(text.slice(0, end)));
    if (!request.success) {
      answer({ kind: "error", message: "The daemon does not know this request: it may be of another version." });
      socket.end();
      return;
    }
    handle(request.data, answer)
      .catch((error: unknown) =>
        answer({ kind: "error", message: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => socket.end());
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
