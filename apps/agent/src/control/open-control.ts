/**
 * One connection to the dashboard: WebSocket, Noise channel pinned to the server's key, tRPC inside.
 *
 * tRPC's own reconnecting is not used: each connection has a handshake of its own, which the device's signature names, and
 * the session above decides when to try again. So there is exactly one connection here, and once it is over nothing of it
 * is left: no timer, no socket, no second try.
 */
import type { AgentRouter } from "@pinhole/dashboard/agent-router";
import { err, ok, type Result } from "@pinhole/protocol";
import { type ChannelFailure, MAX_FRAME_BYTES, secureWebSocketClass, type Session } from "@pinhole/secure-channel";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import { WebSocket } from "ws";
import { controlUrl } from "./server-url.ts";
import { newEnvelopeEncoder } from "./trpc-envelope.ts";

/** Seven seconds of silence, five for the answer, one to close: a dead connection is noticed within 13 s. */
const PING_INTERVAL_MS = 7_000;
const PONG_TIMEOUT_MS = 5_000;

/** tRPC waits so long before it sees that it shall not reconnect; until then it keeps the closed connection in memory. */
const RETRY_CHECK_MS = 1_000;

export type OpenError =
  | { readonly code: "wrong-server-key" }
  | { readonly code: "unreachable"; readonly words: string };

export type OpenControl = {
  readonly client: TRPCClient<AgentRouter>;
  readonly handshakeHash: Uint8Array;
  readonly serverKey: Uint8Array;
  /** At once: what is under way is lost. */
  readonly close: () => void;
};

type Input = {
  readonly server: string;
  readonly expected: { readonly fingerprint: Uint8Array } | { readonly publicKey: Uint8Array };
  /** Made after the handshake, whose hash they sign. Null: anonymous, to enroll. */
  readonly connectionParams: (handshakeHash: Uint8Array) => Record<string, string> | null;
  /** Once, after it had been open; not after `close` or the signal. */
  readonly onClosed: (words: string) => void;
  /** Ends it, opening or open. */
  readonly signal?: AbortSignal | undefined;
};

export function openControl(input: Input): Promise<Result<OpenControl, OpenError>> {
  return new Promise((resolve) => {
    const { signal } = input;
    let raw: WebSocket | undefined;
    let session: Session | undefined;
    let failure: ChannelFailure | undefined;
    let words = "the connection was closed";
    let isOpen = false;
    let isOver = false;

    /** Whichever end comes first counts. */
    const end = (tell: () => void): void => {
      if (isOver) return;
      isOver = true;
      signal?.removeEventListener("abort", close);
      void client.close().catch(() => undefined);
      raw?.terminate();
      tell();
    };
    const refuse = (error: OpenError): void => {
      if (!isOpen) resolve(err(error));
    };
    const close = (): void => end(() => refuse({ code: "unreachable", words: "stopped" }));

    const socketClass = secureWebSocketClass({
      connect: (url) => {
        if (isOver || raw !== undefined) throw new Error("there is one connection, and it is over");
        raw = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES + 16 });
        raw.on("error", (error) => (words = error.message));
        raw.on("close", (_, reason) => (words = CLOSE_WORDS[String(reason)] ?? words));
        return raw;
      },
      expected: input.expected,
      onSession: (established) => (session = established),
      onFailure: (reason) => (failure = reason),
    });
    const client = createWSClient({
      url: controlUrl(input.server),
      WebSocket: socketClass,
      connectionParams: () => (session === undefined ? null : input.connectionParams(session.handshakeHash)),
      retryDelayMs: () => RETRY_CHECK_MS,
      keepAlive: { enabled: true, intervalMs: PING_INTERVAL_MS, pongTimeoutMs: PONG_TIMEOUT_MS },
      experimental_encoder: newEnvelopeEncoder(() => {
        words = "the dashboard sent what this version cannot read";
        raw?.terminate();
      }),
      onOpen: () => {
        if (session === undefined || isOver || isOpen) return;
        isOpen = true;
        const trpc = createTRPCClient<AgentRouter>({ links: [wsLink({ client })] });
        resolve(ok({ client: trpc, ...session, close }));
      },
      onClose: () =>
        end(() => {
          if (failure === "wrong-server-key") return refuse({ code: "wrong-server-key" });
          const why = failure === undefined ? words : failureWords(failure);
          if (isOpen) input.onClosed(why);
          else refuse({ code: "unreachable", words: why });
        }),
    });
    signal?.addEventListener("abort", close, { once: true });
    if (signal?.aborted === true) close();
  });
}

function failureWords(failure: ChannelFailure): string {
  return failure === "handshake-timeout" ? "it did not answer in time" : `the secure channel failed (${failure})`;
}

/** The reason of a close travels in clear, where anyone may write it: good for words, never for a decision. */
const CLOSE_WORDS: Readonly<Record<string, string>> = {
  shutdown: "the dashboard is shutting down",
  replaced:
    "another agent with this device's keys has taken over. If the state directory was copied to a second machine, run `pinhole uninstall` there and enroll it anew",
  "slow-reader": "this device took nothing for too long",
  revoked: "this device was revoked in the dashboard",
};
