/** One direction of `pinhole bench`: bytes through one TCP connection for a while, counted where they arrive. */
import { connect, type Socket } from "node:net";
import { err, ok, type Result } from "@pinhole/protocol";
import { BENCH_PORT, type BenchResult, type Direction, formatHello, parseResult } from "./hello.ts";
import { LineReader } from "./line-reader.ts";

/** `timeout`: not a word came back; `stalled`: it began, and stopped. */
export type MeasureError = "timeout" | "refused" | "unreachable" | "busy" | "stalled" | "stopped" | "strange";

export type Measurement = {
  readonly address: string;
  readonly direction: Direction;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** About once a second: bits a second since the last time. */
  readonly progress: (bitsPerSecond: number) => void;
  /** @default {@link BENCH_PORT} */
  readonly port?: number;
};

const CONNECT_MS = 5_000;
const STALL_MS = 5_000;
const PROGRESS_MS = 1_000;
const CHUNK_BYTES = 65_536;

/** Bits a second. */
export function measure(options: Measurement): Promise<Result<number, MeasureError>> {
  return new Promise((resolve) => new Run(options, resolve));
}

class Run {
  readonly #options: Measurement;
  readonly #resolve: (result: Result<number, MeasureError>) => void;
  readonly #socket: Socket;
  readonly #first = new LineReader();
  readonly #last = new LineReader();
  readonly #onAbort = (): void => this.#end(err("stopped"));
  #progress: NodeJS.Timeout | undefined;
  #until: NodeJS.Timeout | undefined;
  #isAnswered = false;
  #startedAt = 0;
  #bytes = 0;
  #told = { bytes: 0, at: 0 };

  constructor(options: Measurement, resolve: (result: Result<number, MeasureError>) => void) {
    this.#options = options;
    this.#resolve = resolve;
    const { address, port = BENCH_PORT, direction, signal } = options;
    // One buffer for all that comes: nothing is allocated for what is only counted.
    const onread = {
      buffer: Buffer.alloc(CHUNK_BYTES),
      callback: (length: number, buffer: Uint8Array) => this.#read(buffer.subarray(0, length)),
    };
    const socket = connect({ host: address, port, noDelay: true, onread });
    this.#socket = socket;
    socket.setTimeout(CONNECT_MS, () => this.#end(err(this.#isAnswered ? "stalled" : "timeout")));
    socket.on("connect", () => socket.write(formatHello(direction)));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#end(err(CODES[error.code ?? ""] ?? "stalled")));
    socket.on("close", () => this.#end(err(this.#isAnswered ? "stalled" : "strange")));
    socket.on("drain", () => this.#write());
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  #read(bytes: Uint8Array): boolean {
    if (this.#isAnswered) return this.#take(bytes);
    const read = this.#first.take(bytes);
    if (read === undefined) return true;
    if (read?.line !== "ok") {
      this.#end(err(read?.line === "busy" ? "busy" : "strange"));
      return false;
    }
    this.#begin();
    return this.#take(bytes.subarray(read.used));
  }

  #begin(): void {
    const { direction, seconds, progress } = this.#options;
    this.#isAnswered = true;
    this.#startedAt = performance.now();
    this.#told = { bytes: this.#moved(), at: this.#startedAt };
    this.#socket.setTimeout(STALL_MS);
    this.#progress = setInterval(() => {
      const now = { bytes: this.#moved(), at: performance.now() };
      progress(bitsPerSecond(now.bytes - this.#told.bytes, now.at - this.#told.at));
      this.#told = now;
    }, PROGRESS_MS);
    this.#until = setTimeout(() => this.#over(), seconds * 1_000);
    if (direction === "send") this.#write();
  }

  #take(bytes: Uint8Array): boolean {
    if (this.#options.direction === "receive") this.#bytes += bytes.length;
    else if (bytes.length > 0) this.#takeResult(bytes);
    return true;
  }

  #takeResult(bytes: Uint8Array): void {
    const read = this.#last.take(bytes);
    if (read === undefined) return;
    const result: BenchResult | undefined = read === null ? undefined : parseResult(read.line);
    this.#end(result === undefined ? err("strange") : ok(bitsPerSecond(result.bytes, result.ms)));
  }

  #write(): void {
    while (this.#isAnswered && this.#socket.writable && this.#socket.write(CHUNK));
  }

  #over(): void {
    if (this.#options.direction === "send") this.#socket.end();
    else this.#end(ok(bitsPerSecond(this.#bytes, performance.now() - this.#startedAt)));
  }

  /** Of what was sent, what the kernel has taken. */
  #moved(): number {
    if (this.#options.direction === "receive") return this.#bytes;
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  #end(result: Result<number, MeasureError>): void {
    clearInterval(this.#progress);
    clearTimeout(this.#until);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#socket.destroy();
    this.#resolve(result);
  }
}

const CHUNK = new Uint8Array(CHUNK_BYTES);

const CODES: Readonly<Record<string, MeasureError>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
};

function bitsPerSecond(bytes: number, ms: number): number {
  return ms <= 0 ? 0 : Math.round((bytes * 8 * 1_000) / ms);
}
