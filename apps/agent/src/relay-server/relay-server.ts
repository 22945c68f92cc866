/**
 * A relay that stands alone, and STUN beside it: the dashboard's tickets are checked with its public key, and nothing else
 * of the dashboard's is needed, neither to start nor to go on.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { formatEndpoint, parseAddress } from "@pinhole/protocol";
import { RELAY_PATH } from "@pinhole/protocol/control";
import { MAX_RELAY_FRAME } from "@pinhole/protocol/relay";
import { Relay } from "@pinhole/relay";
import { startStunServer, type StunServer } from "@pinhole/stun-server";
import { WebSocketServer } from "ws";
import { wallMs } from "../clock.ts";
import type { RelayStatus } from "../daemon/local-messages.ts";
import type { Log } from "../log.ts";
import { VERSION } from "../version.ts";
import type { RelayServerOptions } from "./relay-options.ts";

/** Longer than any night in which nobody looks after a dashboard. */
const OUTAGE_MS = 86_400_000;
/** For refusals to leave. */
const CLOSE_MS = 300;
const HEALTH_PATH = "/api/health";

export type RelayServer = {
  status(): RelayStatus;
  /** Tells the devices first, so that they go to another relay at once. */
  close(): Promise<void>;
};

/** @throws Error that says what to do, where something cannot be opened. */
export async function startRelayServer(options: RelayServerOptions, log: Log): Promise<RelayServer> {
  const { name, serverKey } = options;
  const relay = new Relay({ name, publicKey: serverKey, now: wallMs, isRevoked: () => false, outageMs: OUTAGE_MS });
  const stun = await startStun(options, log);
  try {
    const server = newServer(options.tls);
    server.on("upgrade", newUpgradeListener(relay));
    const listensAt = await listen(server, options.listen);
    const since = new Date(wallMs()).toISOString();
    const stunAt = (stun?.endpoints ?? []).map(formatEndpoint);
    log.info("relay listens", { name, at: listensAt, tls: options.tls !== undefined, stun: stunAt.join(",") });
    return {
      status: () => ({
        name,
        version: VERSION,
        since,
        listen: listensAt,
        tls: options.tls !== undefined,
        stun: stunAt,
        devices: relay.connectedDevices,
        ...relay.counters,
      }),
      close: async () => {
        relay.close();
        await Promise.all([stop(server), stun?.close()]);
      },
    };
  } catch (error) {
    await stun?.close();
    throw error;
  }
}

async function startStun({ stun }: RelayServerOptions, log: Log): Promise<StunServer | undefined> {
  if (stun === undefined) return undefined;
  const settings = { addresses: "--stun", port: "--stun" };
  return startStunServer({
    ...stun,
    settings,
    log: { info: () => undefined, warn: (fields, words) => log.warn(words, { ...fields }) },
  });
}

/** Limits of a slow or hostile client; who was upgraded has the relay's own. */
function newServer(tls: RelayServerOptions["tls"]): Server {
  const limits = { maxHeaderSize: 16_384, requestTimeout: 10_000, headersTimeout: 10_000 };
  if (tls === undefined) return createServer(limits, answer);
  const files = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
  return createTlsServer({ ...limits, ...files }, answer);
}

const answer: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  const isHealth = request.method === "GET" && request.url === HEALTH_PATH;
  response.writeHead(isHealth ? 200 : 404, { "content-type": "text/plain", connection: "close" });
  response.end(isHealth ? "ok\n" : "This is a Pinhole relay.\n");
};

function newUpgradeListener(relay: Relay) {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_RELAY_FRAME,
    perMessageDeflate: false,
    clientTracking: false,
  });
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    const path = URL.parse(request.url ?? "/", "http://host")?.pathname;
    // Browsers send an origin, agents never: no page may speak for a device.
    if (path !== RELAY_PATH || request.headers.origin !== undefined) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", () => socket.destroy());
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // Without a listener, a malformed frame would end the process.
      webSocket.on("error", () => webSocket.terminate());
      const from = parseAddress(request.socket.remoteAddress ?? "");
      relay.accept(webSocket, from.ok ? from.value : "unknown");
    });
  };
}

function listen(server: Server, { host, port }: RelayServerOptions["listen"]): Promise<string> {
  return new Promise((resolve, reject) => {
    const where = `TCP ${host ?? ""}:${port}`;
    server.once("error", (error: NodeJS.ErrnoException) => reject(new Error(explain(where, error), { cause: error })));
    server.listen({ port, host }, () => {
      const bound = server.address() as AddressInfo;
      resolve(host === undefined ? `:${bound.port}` : formatEndpoint({ address: host, port: bound.port }));
    });
  });
}

function explain(where: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `The relay cannot listen on ${where}: another program uses it. Stop that program or set --listen.`;
    case "EADDRNOTAVAIL":
      return `The relay cannot listen on ${where}: this machine does not have the address. Correct --listen.`;
    case "EACCES":
      return `The relay cannot listen on ${where}: not permitted. Run it as root, or set --listen to a port of 1024 or higher.`;
    default:
      return `The relay cannot listen on ${where}: ${error.message}`;
  }
}

/** WebSockets are not the server's any more: the relay ends them. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    setTimeout(() => {
      server.closeAllConnections();
      resolve();
    }, CLOSE_MS).unref();
  });
}
