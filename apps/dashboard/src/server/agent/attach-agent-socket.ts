/**
 * One agent's connection, from the WebSocket up: the secure channel, then tRPC inside it.
 *
 * Whoever has not proven to be a device may stay for a moment, to enroll; how many such strangers there are at once is
 * bounded, altogether and by address.
 */
import type { IncomingMessage } from "node:http";
import { StrangerSlots } from "@pinhole/relay";
import { acceptSecureSocket, type SecureServerSocket, type SocketLimits } from "@pinhole/secure-channel";
import { type CreateWSSContextFnOptions, getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { Env } from "../../env.ts";
import type { AgentHub } from "../coordination/agent-hub.ts";
import { clientAddress } from "../http/client-address.ts";
import type { ServerKeys } from "../keys.ts";
import { authenticateAgent } from "./authenticate-agent.ts";
import type { AgentCaller, AgentContext } from "./context.ts";
import { agentRouter } from "./router.ts";
import { sessionEncoder } from "./session-text.ts";
import { CLOSE_CODES } from "./session-close-codes.ts";

export type AgentProcess = {
  readonly hub: AgentHub;
  readonly keys: Pick<ServerKeys, "channel">;
  readonly env: Pick<Env, "proxies">;
};

const STRANGER_TIMEOUT_MS = 30_000;
/** An enrollment and its answer fit many times over; thousands of strangers must fit into memory. */
const STRANGER_LIMITS: SocketLimits = { messageBytes: 16_384, unsentBytes: 65_536 };
/** A person has pasted the wrong token; more is for another connection. */
const MAX_ENROLLMENTS = 32;
/** For the words of a close to arrive. Until it is gone a session costs what it did, and a device may open the next. */
const CLOSING_MS = 2_000;
/** Silent for so long, it is asked; silent for so much longer, it is gone. */
const KEEP_ALIVE = { enabled: true, pingMs: 15_000, pongWaitMs: 10_000 };

const slots = new StrangerSlots({ total: 4_096, perAddress: 512 });

/**
 * Takes over a WebSocket that was upgraded at CONTROL_PATH. Its server should have `perMessageDeflate: false` and
 * `maxPayload: MAX_FRAME_BYTES` of `@pinhole/secure-channel`.
 */
export function attachAgentSocket(ws: WebSocket, request: IncomingMessage, { hub, keys, env }: AgentProcess): void {
  const address = clientAddress(request, env.proxies);
  const leave = slots.enter(address);
  if (leave === undefined) {
    ws.terminate();
    return;
  }
  const timer = setTimeout(() => ws.terminate(), STRANGER_TIMEOUT_MS);
  const settle = () => {
    clearTimeout(timer);
    leave();
  };
  ws.on("close", settle);
  acceptSecureSocket(ws, {
    keys: keys.channel,
    limits: STRANGER_LIMITS,
    onSession: (socket) => serve(socket, { request, hub, address, onDevice: settle }),
  });
}

type Serving = {
  readonly request: IncomingMessage;
  readonly hub: AgentHub;
  readonly address: string;
  readonly onDevice: () => void;
};

function serve(socket: SecureServerSocket, { request, hub, address, onDevice }: Serving): void {
  const { handshakeHash } = socket;
  let enrollments = 0;
  const identify = (params: unknown): AgentCaller => {
    if (params === null || params === undefined) return { kind: "anonymous" };
    const device = authenticateAgent(hub.db, params, handshakeHash);
    if (!device.ok) return { kind: "refused", code: device.error };
    onDevice();
    socket.setLimits();
    const session = hub.open({
      deviceId: device.value.id,
      teamId: device.value.teamId,
      identityKey: device.value.identityKey,
      address,
      close: (reason) => {
        socket.close(CLOSE_CODES[reason], reason);
        setTimeout(() => socket.terminate(), CLOSING_MS).unref();
      },
      unsentBytes: () => socket.bufferedAmount,
    });
    socket.on("close", () => hub.end(session));
    return { kind: "device", session };
  };
  const handle = getWSConnectionHandler({
    // Asked for by the type; sockets are handed over one by one.
    wss: unusedServer,
    router: agentRouter,
    keepAlive: KEEP_ALIVE,
    experimental_encoder: sessionEncoder,
    createContext: ({ info }: CreateWSSContextFnOptions): AgentContext => ({
      hub,
      handshakeHash,
      address,
      mayEnroll: () => ++enrollments <= MAX_ENROLLMENTS,
      caller: identify(info.connectionParams),
    }),
    onError: ({ error, path }) => {
      if (error.code === "INTERNAL_SERVER_ERROR")
        hub.reportError(`agent ${path ?? "connection"}`, error.cause ?? error);
    },
  });
  // It has the part of a `ws` socket that the handler uses, with the channel in between.
  handle(socket as unknown as WebSocket, request);
}

const unusedServer = new WebSocketServer({ noServer: true });
