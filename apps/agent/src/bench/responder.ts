/**
 * The other end of `pinhole bench`: takes or gives bytes for as long as it is asked to. It listens on the device's own
 * overlay addresses alone, so whoever comes is a peer that policy lets in; it serves one at a time, and never for long.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "../log.ts";
import { BENCH_PORT, type Direction, formatResult, MAX_BENCH_SECONDS, parseHello } from "./hello.ts";
import { LineReader } from "./line-reader.ts";

const HELLO_MS = 5_000;
/** A peer that sends or takes nothing for so long has gone. */
const IDLE_MS = 5_000;
const LONGEST_MS = (MAX_BENCH_SECONDS + 10) * 1_000;
/** More than one at once to be told that it is busy; beyond that, they wait in the kernel. */
const MAX_CONNECTIONS = 4;
const CHUNK_BYTES = 65_536;
/** The interface gets its addresses a moment after they are known. */
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

type Options = {
  readonly addresses: readonly string[];
  readonly log: Log;
  /** @default {@link BENCH_PORT} */
  readonly port?: number;
};

export class BenchResponder {
  readonly #servers: Server[];
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #log: Log;
  #measuring: Socket | undefined;
  #isClosed = false;

  constructor({ addresses, log, port = BENCH_PORT }: Options) {
    this.#log = log;
    this.#servers = addresses.map((address) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket));
      server.maxConnections = MAX_CONNECTIONS;
      server.unref();
      this.#listen(server, { host: address, port, retryMs: RETRY_MS });
      return server;
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  #listen(server: Server, at: { readonly host: string; readonly port: number; readonly retryMs: number }): void {
    const { host, port, retryMs } = at;
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRNOTAVAIL") {
        this.#log.warn("nobody can measure the way to this device", { because: error.code });
        return;
      }
      const again = { ...at, retryMs: Math.min(LONGEST_RETRY_MS, 2 * retryMs) };
      this.#after(retryMs, () => this.#listen(server, again));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      server.on("error", () => undefined);
    });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const late = this.#after(LONGEST_MS, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#timers.delete(late);
      clearTimeout(late);
      if (this.#measuring === socket) this.#measuring = undefined;
    });
    socket.setTimeout(HELLO_MS, () => socket.destroy());
    const hello = new LineReader();
    const onData = (chunk: Buffer): void => {
      const read = hello.take(chunk);
      if (read === undefined) return;
      const direction = read === null ? undefined : parseHello(read.line);
      socket.off("data", onData);
      if (read === null || direction === undefined) socket.destroy();
      else this.#begin(socket, direction, chunk.length - read.used);
    };
    socket.on("data", onData);
  }

  #begin(socket: Socket, direction: Direction, early: number): void {
    if (this.#measuring !== undefined) {
      socket.end("busy\n");
      socket.resume();
      return;
    }
    this.#measuring = socket;
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.write("ok\n");
    if (direction === "send") take(socket, early);
    else give(socket);
  }

  #after(ms: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isClosed) then();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
    return timer;
  }
}

function take(socket: Socket, early: number): void {
  const startedAt = performance.now();
  let bytes = early;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.on("end", () => socket.end(formatResult({ bytes, ms: performance.now() - startedAt })));
}

function give(socket: Socket): void {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const more = (): void => {
    while (!socket.destroyed && socket.writable && socket.write(chunk));
  };
  socket.on("drain", more);
  socket.on("end", () => socket.destroy());
  socket.resume();
  more();
}
