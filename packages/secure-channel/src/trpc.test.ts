// A real tRPC router over the channel: what the agent and the dashboard do with it.
import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC, TRPCError } from "@trpc/server";
import { type CreateWSSContextFnOptions, getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { afterEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { fingerprintOf } from "./fingerprint.ts";
import type { SecureServerSocket } from "./secure-server-socket.ts";
import { secureWebSocketClass, type Session } from "./secure-web-socket.ts";
import { signatureInput } from "./signature-input.ts";
import { connectRaw, listenSecurely, type SecureListening, SERVER_KEYS } from "./testing.ts";
import { keyPairOf } from "./x25519.ts";

const device = generateKeyPairSync("ed25519");

type Context = { handshakeHash: Uint8Array; isDevice: boolean };
const t = initTRPC.context<Context>().create();
const router = t.router({
  whoAmI: t.procedure.query(({ ctx }) => (ctx.isDevice ? "the device" : "nobody")),
  length: t.procedure.input((text: unknown) => String(text)).mutation(({ input }) => input.length),
  fail: t.procedure.query(() => {
    throw new TRPCError({ code: "FORBIDDEN", message: "not yours" });
  }),
  count: t.procedure.subscription(async function* () {
    for (let n = 1; n <= 3; n++) yield n;
  }),
  big: t.procedure.query(() => "y".repeat(1_000_000)),
});

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test("queries, mutations, errors, subscriptions and large messages pass, and the device is known by its signature", async () => {
  const { client } = await connect();
  expect(await client.whoAmI.query()).toBe("the device");
  expect(await client.length.mutate("x".repeat(100_000))).toBe(100_000);
  expect(await client.big.query()).toHaveLength(1_000_000);
  await expect(client.fail.query()).rejects.toThrow("not yours");

  const counted: number[] = [];
  await new Promise<void>((resolve, reject) => {
    client.count.subscribe(undefined, { onData: (n) => counted.push(n), onComplete: resolve, onError: reject });
  });
  expect(counted).toEqual([1, 2, 3]);
});

test("a signature from another session does not say who the device is", async () => {
  const stolen = signatureFor(new Uint8Array(randomBytes(32)));
  const { client } = await connect({ signature: () => stolen });
  expect(await client.whoAmI.query()).toBe("nobody");
});

test("the client comes back by itself after the connection is cut, with a new session signed anew", async () => {
  const { client, sessions, cut } = await connect();
  expect(await client.whoAmI.query()).toBe("the device");
  cut();
  await expect.poll(() => sessions.length, { timeout: 5_000 }).toBe(2);
  expect(await client.whoAmI.query()).toBe("the device");
  expect(sessions[0]!.handshakeHash).not.toEqual(sessions[1]!.handshakeHash);
});

test("with another server's key, no procedure is ever reached and the application is told why", async () => {
  const { failures, client, server } = await connect({ expected: fingerprintOf(keyPairOf(randomBytes(32)).publicKey) });
  void client.whoAmI.query().catch(() => {});
  await expect.poll(() => failures).toContain("wrong-server-key");
  // To the server it is somebody who hung up after the handshake.
  expect(server.failures).toEqual([]);
});

async function connect(options: { signature?: () => string; expected?: Uint8Array } = {}) {
  const sockets: SecureServerSocket[] = [];
  const server = await serve(sockets);
  const sessions: Session[] = [];
  const failures: string[] = [];
  const expected = { fingerprint: options.expected ?? fingerprintOf(SERVER_KEYS.publicKey) };
  const wsClient = createWSClient({
    url: server.url,
    WebSocket: secureWebSocketClass({
      connect: connectRaw,
      expected,
      onSession: (session) => sessions.push(session),
      onFailure: (failure) => failures.push(failure),
    }),
    connectionParams: () => ({
      signature: (options.signature ?? (() => signatureFor(sessions.at(-1)!.handshakeHash)))(),
    }),
    retryDelayMs: () => 20,
  });
  cleanups.push(async () => void wsClient.close());
  const client = createTRPCClient<typeof router>({ links: [wsLink({ client: wsClient })] });
  return { client, server, sessions, failures, cut: () => sockets.at(-1)!.terminate() };
}

async function serve(sockets: SecureServerSocket[]): Promise<SecureListening> {
  const server = await listenSecurely((socket, request) => {
    sockets.push(socket);
    const handler = getWSConnectionHandler({
      // Asked for by the type, and not used where sockets are handed over one by one.
      wss: new WebSocketServer({ noServer: true }),
      router,
      createContext: ({ info }: CreateWSSContextFnOptions): Context => {
        const signature = Buffer.from(String(info.connectionParams?.["signature"]), "base64");
        const input = signatureInput(socket.handshakeHash, "session");
        return { handshakeHash: socket.handshakeHash, isDevice: verify(null, input, device.publicKey, signature) };
      },
    });
    handler(socket as unknown as WebSocket, request);
  });
  cleanups.push(() => server.close());
  return server;
}

function signatureFor(handshakeHash: Uint8Array): string {
  return sign(null, signatureInput(handshakeHash, "session"), device.privateKey).toString("base64");
}
