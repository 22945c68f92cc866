/**
 * Every WebSocket goes through here. Next's own upgrade handler is reached in development alone, for its reloading: it
 * would pass what it does not know on to places that nobody has guarded.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CONTROL_PATH, RELAY_PATH } from "@pinhole/protocol/control";
import { type WebSocket, WebSocketServer } from "ws";
import { isOwnOrigin, isValidHost } from "./origin.ts";

export type SocketHandler = (socket: WebSocket, request: IncomingMessage) => void;
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export type UpgradeOptions = {
  readonly publicUrl: string | undefined;
  readonly onAgent: SocketHandler;
  readonly onRelay: SocketHandler;
  readonly onBrowser: SocketHandler;
  /** Asked before a browser's upgrade: is anybody signed in? */
  readonly isSignedIn: (request: IncomingMessage) => Promise<boolean>;
  /** Next's, in development. */
  readonly onOther?: UpgradeListener | undefined;
};

export const BROWSER_PATH = "/api/trpc";

/** One Noise message, one packet with its header, one request of a page: larger frames end the connection. */
const MAX_FRAME_BYTES = 65_536;

export function newUpgradeListener({
  publicUrl,
  onAgent,
  onRelay,
  onBrowser,
  isSignedIn,
  onOther,
}: UpgradeOptions): UpgradeListener {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const accept = (handler: SocketHandler) =>
      server.handleUpgrade(request, socket, head, (webSocket) => {
        // Without a listener, a malformed frame would end the process.
        webSocket.on("error", () => webSocket.terminate());
        handler(webSocket, request);
      });
    const { host, origin } = request.headers;
    if (!isValidHost(host)) return refuse(socket, "400 Bad Request");

    // What is no address throws: here that would end the process.
    const path = URL.parse(request.url ?? "/", "http://host")?.pathname;
    switch (path) {
      case CONTROL_PATH:
      case RELAY_PATH: {
        // Browsers send an origin, agents never: no page may speak for a device.
        if (origin !== undefined) return refuse(socket, "403 Forbidden");
        return accept(path === RELAY_PATH ? onRelay : onAgent);
      }
      case BROWSER_PATH:
        if (!isOwnOrigin(origin, host, publicUrl)) return refuse(socket, "403 Forbidden");
        isSignedIn(request).then(
          (isIn) => (isIn ? accept(onBrowser) : refuse(socket, "401 Unauthorized")),
          () => refuse(socket, "500 Internal Server Error"),
        );
        return;
      default:
        if (onOther === undefined) return refuse(socket, "404 Not Found");
        onOther(request, socket, head);
    }
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}
