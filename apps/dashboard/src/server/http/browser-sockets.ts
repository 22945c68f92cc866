/** tRPC over WebSocket for browsers, and the watch that ends a socket with its session. */
import type { IncomingMessage } from "node:http";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { isSecureUrl, readSessionId } from "../auth/cookie.ts";
import { checkSession } from "../auth/check-session.ts";
import { newContext } from "../context.ts";
import { onProcedureError } from "../on-procedure-error.ts";
import type { DashboardProcess } from "../process.ts";
import { appRouter } from "../routers/index.ts";
import { clientAddress } from "./client-address.ts";
import { originOf } from "./origin.ts";

const WATCH_MS = 5_000;

/** A browser opens one for each tab; more than this from one session is a fault or an attack. */
const MAX_SOCKETS_PER_SESSION = 64;

/** The close code of a session that is over: 4000–4999 are an application's own. */
export const SIGNED_OUT_CODE = 4401;
const TRY_AGAIN_LATER_CODE = 1013;

export class BrowserSockets {
  readonly #dashboard: DashboardProcess;
  readonly #sockets = new Map<WebSocket, string>();
  readonly #watch: NodeJS.Timeout;
  readonly #handle: (socket: WebSocket, request: IncomingMessage) => void;

  constructor(dashboard: DashboardProcess) {
    this.#dashboard = dashboard;
    this.#handle = getWSConnectionHandler({
      router: appRouter,
      // Asked for by the type; sockets come from the upgrade listener.
      wss: new WebSocketServer({ noServer: true }),
      maxBatchSize: 32,
      keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 10_000 },
      createContext: ({ req }) =>
        newContext(
          {
            cookie: req.headers.cookie ?? null,
            address: clientAddress(req, dashboard.env.proxies),
            origin: originOf(req.headers.host ?? "", dashboard.env.url),
          },
          dashboard,
        ),
      onError: onProcedureError,
    });
    this.#watch = setInterval(() => this.#endOverSessions(), WATCH_MS);
    this.#watch.unref();
  }

  async isSignedIn(request: IncomingMessage): Promise<boolean> {
    return (await this.#sessionOf(request)) !== null;
  }

  readonly accept = (socket: WebSocket, request: IncomingMessage): void => {
    this.#handle(socket, request);
    void this.#sessionOf(request).then((sessionId) => {
      // Gone meanwhile, and its `close` with it: kept, it would count against the session for good.
      if (socket.readyState !== socket.OPEN) return;
      if (sessionId === null) return socket.close(SIGNED_OUT_CODE);
      if (this.#countOf(sessionId) >= MAX_SOCKETS_PER_SESSION) return socket.close(TRY_AGAIN_LATER_CODE);
      this.#sockets.set(socket, sessionId);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  };

  close(): void {
    clearInterval(this.#watch);
    for (const socket of this.#sockets.keys()) socket.terminate();
  }

  #endOverSessions(): void {
    const { db, now } = this.#dashboard;
    for (const [socket, sessionId] of this.#sockets) {
      if (checkSession(db, sessionId, now()) === null) socket.close(SIGNED_OUT_CODE);
    }
  }

  #countOf(sessionId: string): number {
    return [...this.#sockets.values()].filter((id) => id === sessionId).length;
  }

  async #sessionOf({ headers }: IncomingMessage): Promise<string | null> {
    const { db, env, keys, now } = this.#dashboard;
    const sessionId = await readSessionId(headers.cookie, { secret: keys.authSecret, isSecure: isSecureUrl(env.url) });
    return sessionId !== null && checkSession(db, sessionId, now()) !== null ? sessionId : null;
  }
}
