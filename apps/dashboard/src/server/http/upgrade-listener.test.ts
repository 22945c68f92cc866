import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { newUpgradeListener } from "./upgrade-listener.ts";

let server: Server;
let base: string;
let host: string;
let reached: string[];
let isSignedIn: boolean;

beforeEach(async () => {
  reached = [];
  isSignedIn = true;
  const reach = (name: string) => (socket: WebSocket) =>
    void (reached.push(name), socket.on("message", () => socket.close()));
  server = createServer();
  server.on(
    "upgrade",
    newUpgradeListener({
      publicUrl: undefined,
      onAgent: reach("agent"),
      onRelay: reach("relay"),
      onBrowser: reach("browser"),
      isSignedIn: async () => isSignedIn,
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  base = `ws://${host}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("a WebSocket", () => {
  test.each([
    ["/agent/v1", undefined, "agent"],
    ["/relay/v1", undefined, "relay"],
    ["/api/trpc", "own", "browser"],
    ["/api/trpc?connectionParams=1", "own", "browser"],
  ])("to %s reaches its handler", async (path, origin, name) => {
    const socket = open(path, origin === "own" ? `http://${host}` : undefined);
    await once(socket, "open");
    expect(reached).toEqual([name]);
    socket.close();
    await once(socket, "close");
  });

  test.each<[string, string, string | undefined, number]>([
    ["by a page to the agents' address", "/agent/v1", "own", 403],
    ["by a page to the relay", "/relay/v1", "own", 403],
    ["by another site's page", "/api/trpc", "http://evil.test", 403],
    ["by no page", "/api/trpc", undefined, 403],
    ["to Next's own address", "/_next/webpack-hmr", "own", 404],
    ["to nowhere", "/", "own", 404],
    ["to an agents' address of the future", "/agent/v2", undefined, 404],
    ["past the address", "/agent/v1/../../api/trpc", undefined, 403],
  ])("opened %s is refused", async (_, path, origin, status) => {
    expect(await statusOf(open(path, origin === "own" ? `http://${host}` : origin))).toBe(status);
    expect(reached).toEqual([]);
  });

  // Anybody may send one, and what is thrown here ends the process with every session in it.
  test.each(["//", "//a:99999", "http://[", "\\\\"])("to %j, which is no address, is refused", async (target) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 40[04] /);
    socket.destroy();
    expect(reached).toEqual([]);
  });

  test("of a browser that is not signed in is refused", async () => {
    isSignedIn = false;
    expect(await statusOf(open("/api/trpc", `http://${host}`))).toBe(401);
  });

  // One frame announces how large it is; nothing of it may be kept before that is checked.
  test("that sends more than a frame may hold is closed", async () => {
    const socket = open("/agent/v1", undefined);
    await once(socket, "open");
    socket.send(new Uint8Array(65_537));
    const [code] = await once(socket, "close");
    expect([1009, 1006]).toContain(code);
  });
});

function open(path: string, origin: string | undefined): WebSocket {
  return new WebSocket(base + path, origin === undefined ? {} : { origin });
}

async function statusOf(socket: WebSocket): Promise<number> {
  const [error] = await once(socket, "error");
  return Number(/Unexpected server response: (\d+)/.exec((error as Error).message)?.[1]);
}
