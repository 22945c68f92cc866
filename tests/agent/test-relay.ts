/** A real relay on a port of the loopback that can be cut, started again, frozen, or made to drop who comes. */
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from "node:net";
import { RELAY_PATH } from "@pinhole/protocol/control";
import { Relay } from "@pinhole/relay";
import { newUpgradeListener } from "../../apps/dashboard/src/server/http/upgrade-listener.ts";

/** `callsItself`: empty for a dashboard's own. */
type Identity = { readonly publicKey: KeyObject; readonly callsItself: string };

export class TestRelay implements AsyncDisposable {
  readonly name: string;
  relay!: Relay;
  /** Connections that were asked for. */
  asked = 0;
  isDropping = false;
  /** Nothing passes, and nobody is told. */
  isFrozen = false;
  /** On the way to clients and from them: less than this never. */
  delayMs = 0;
  readonly #identity: Identity;
  readonly #between: TcpServer;
  readonly #sockets = new Set<Socket>();
  readonly #clientSockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  static async start(name: string, identity: Identity): Promise<TestRelay> {
    const relay = new TestRelay(name, identity);
    relay.#between.listen(0, "127.0.0.1");
    await once(relay.#between, "listening");
    await relay.listen();
    return relay;
  }

  private constructor(name: string, identity: Identity) {
    this.name = name;
    this.#identity = identity;
    this.#between = createTcpServer((socket) => this.#pass(socket));
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#between.address() as AddressInfo).port}${RELAY_PATH}`;
  }

  /** Also after {@link cut}. */
  async listen(): Promise<void> {
    const relay = new Relay({
      name: this.#identity.callsItself,
      publicKey: this.#identity.publicKey,
      now: Date.now,
      isRevoked: () => false,
    });
    const server = createServer();
    const upgrade = newUpgradeListener({
      publicUrl: undefined,
      onAgent: (socket) => socket.terminate(),
      onRelay: (socket) => relay.accept(socket, "127.0.0.1"),
      onBrowser: (socket) => socket.terminate(),
      isSignedIn: async () => false,
    });
    server.on("upgrade", (request, socket, head) => {
      this.asked++;
      if (this.isDropping) return void socket.destroy();
      upgrade(request, socket, head);
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.relay = relay;
  }

  /** As a kill would: connections are reset. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.relay.close();
    await closed;
  }

  /** Takes nothing more from its clients. */
  pause(): void {
    for (const socket of this.#clientSockets) socket.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
    for (const socket of this.#sockets) socket.destroy();
    this.#between.close();
  }

  #pass(socket: Socket): void {
    const onwards = connect(this.#port, "127.0.0.1");
    this.#clientSockets.add(socket);
    for (const [each, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      this.#sockets.add(each);
      each.on("error", () => undefined);
      each.on("close", () => {
        this.#sockets.delete(each);
        other.destroy();
      });
      each.on("data", (bytes) => {
        if (this.isFrozen) return;
        if (this.delayMs === 0) other.write(bytes);
        else setTimeout(() => other.writable && other.write(bytes), this.delayMs);
      });
    }
    socket.on("close", () => this.#clientSockets.delete(socket));
  }
}
