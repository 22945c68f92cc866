/**
 * The daemon's side of the unix socket. Mode 0600 in a directory of mode 0700: who can open it may already do everything
 * that it offers. Never TCP, so that no web page can reach it.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { type LocalAnswer, type LocalRequest, localRequestSchema } from "./local-messages.ts";

const MAX_REQUEST_BYTES = 4_096;
const IDLE_MS = 10_000;

export type LocalHandler = (
  request: LocalRequest,
  answer: (message: LocalAnswer) => void,
  signal: AbortSignal,
) => Promise<void>;

export async function openLocalApi(path: string, handle: LocalHandler): Promise<{ close: () => Promise<void> }> {
  rmSync(path, { force: true }); // of a daemon that was killed; a living one was asked before we came here
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, handle);
  });
  const previousMask = process.umask(0o177); // the socket is never, not for a moment, open to others
  try {
    await listen(server, path);
  } finally {
    process.umask(previousMask);
  }
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        rmSync(path, { force: true });
      }),
  };
}

function serve(socket: Socket, handle: LocalHandler): void {
  const gone = new AbortController();
  let text = "";
  let isAsked = false;
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE_MS, () => {
    if (!isAsked) socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => gone.abort());
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
    handle(request.data, answer, gone.signal)
      .catch((error: unknown) =>
        answer({ kind: "error", message: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => socket.end());
  });
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
