/**
 * One connection to the dashboard: WebSocket, Noise channel pinned to the server's key, tRPC inside.
 *
 * tRPC's own reconnecting is not used: each connection has a handshake of its own, which the device's signature names, and
 * the session above decides when to try again.
 */
import type { AgentRouter } from "@pinhole/dashboard/agent-router";
import { err, ok, type Result } from "@pinhole/protocol";
import { MAX_FRAME_BYTES, secureWebSocketClass, type Session } from "@pinhole/secure-channel";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import { WebSocket } from "ws";
import { controlUrl } from "./server-url.ts";

const NEVER_MS = 2 ** 31 - 1;
/** A dead connection is noticed within 15 s: sooner would only disturb sleeping radios. */
const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;

export type OpenError =
  | { readonly code: "wrong-server-key" }
  | { readonly code: "unreachable"; readonly words: string };

export type OpenControl = {
  readonly client: TRPCClient<AgentRouter>;
  readonly handshakeHash: Uint8Array;
  readonly serverKey: Uint8Array;
  readonly close: () => void;
};

type Input = {
  readonly server: string;
  readonly expected: { readonly fingerprint: Uint8Array } | { readonly publicKey: Uint8Array };
  /** Made after the handshake, whose hash they sign. Null: anonymous, to enroll. */
  readonly connectionParams: (handshakeHash: Uint8Array) => Record<string, string> | null;
  /** Once, after it had been open. */
  readonly onClosed: (words: string) => void;
};

export function openControl(input: Input): Promise<Result<OpenControl, OpenError>> {
  return new Promise((resolve) => {
    let session: Session | undefined;
    let isWrongKey = false;
    let words = "the connection was closed";
    let isSettled = false;
    const socketClass = secureWebSocketClass({
      connect: (url) => {
        const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES + 16 });
        socket.on("error", (error) => {
          words = error.message;
        });
        return socket;
      },
      expected: input.expected,
      onSession: (established) => {
        session = established;
      },
      onFailure: (failure) => {
        isWrongKey = failure === "wrong-server-key";
        words = `the secure channel failed (${failure})`;
      },
    });
    const close = (): void => void client.close().catch(() => undefined);
    const client = createWSClient({
      url: controlUrl(input.server),
      WebSocket: socketClass,
      connectionParams: () => (session === undefined ? null : input.connectionParams(session.handshakeHash)),
      retryDelayMs: () => NEVER_MS,
      keepAlive: { enabled: true, intervalMs: PING_INTERVAL_MS, pongTimeoutMs: PONG_TIMEOUT_MS },
      onOpen: () => {
        if (session === undefined || isSettled) return;
        isSettled = true;
        const trpc = createTRPCClient<AgentRouter>({ links: [wsLink({ client })] });
        resolve(ok({ client: trpc, ...session, close }));
      },
      onClose: () => {
        close();
        if (isSettled) return input.onClosed(words);
        isSettled = true;
        resolve(err(isWrongKey ? { code: "wrong-server-key" } : { code: "unreachable", words }));
      },
    });
  });
}
