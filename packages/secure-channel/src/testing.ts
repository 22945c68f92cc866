/** Real sockets on loopback for the tests of both ends. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { MAX_MESSAGE_BYTES } from "./cipher-channel.ts";
import type { ChannelFailure } from "./failure.ts";
import type { ExpectedServer } from "./noise-nx.ts";
import { type AcceptOptions, acceptSecureSocket, type SecureServerSocket } from "./secure-server-socket.ts";
import { SecureWebSocket, type SecureWebSocketOptions } from "./secure-web-socket.ts";
import { keyPairOf } from "./x25519.ts";

export const SERVER_KEYS = keyPairOf(randomBytes(32));

export type Listening = { readonly url: string; close(): Promise<void> };

/** A WebSocket server on a free port of loopback. */
export async function listen(onConnection: (socket: WebSocket, request: IncomingMessage) => void): Promise<Listening> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  server.on("connection", (socket, request) => {
    socket.on("error", () => {});
    onConnection(socket, request);
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}

export type SecureListening = Listening & { readonly failures: ChannelFailure[] };

export async function listenSecurely(
  onSession: (socket: SecureServerSocket, request: IncomingMessage) => void,
  options: Partial<AcceptOptions> = {},
): Promise<SecureListening> {
  const failures: ChannelFailure[] = [];
  const listening = await listen((raw, request) => {
    acceptSecureSocket(raw, {
      keys: SERVER_KEYS,
      onSession: (socket) => onSession(socket, request),
      onFailure: (failure) => failures.push(failure),
      ...options,
    });
  });
  return { ...listening, failures };
}

export const connectRaw = (url: string): WebSocket => new WebSocket(url, { perMessageDeflate: false });

export function connectSecurely(
  url: string,
  expected: ExpectedServer = { publicKey: SERVER_KEYS.publicKey },
  options: Partial<SecureWebSocketOptions> = {},
): SecureWebSocket {
  return new SecureWebSocket(url, { connect: connectRaw, expected, ...options });
}

/** What one would have who sits between client and server: every message, as bytes, and a hand in each. */
export async function listenInTheMiddle(
  target: string,
  touch: (bytes: Buffer, direction: "up" | "down") => Buffer = (bytes) => bytes,
): Promise<Listening & { readonly seen: Buffer[] }> {
  const seen: Buffer[] = [];
  const listening = await listen((client) => {
    const server = connectRaw(target);
    const ready = once(server, "open");
    server.on("error", () => client.terminate());
    client.on("message", (data: Buffer, isBinary) => {
      seen.push(data);
      void ready.then(() => server.send(touch(data, "up"), { binary: isBinary }));
    });
    server.on("message", (data: Buffer, isBinary) => {
      seen.push(data);
      client.send(touch(data, "down"), { binary: isBinary });
    });
    client.on("close", () => server.terminate());
    server.on("close", () => client.terminate());
  });
  return { ...listening, seen };
}
