/**
 * What the worker has to tell the main thread, gathered for one turn and posted as one message.
 * Packets may be lost when the main thread does not keep up; the rest is never many.
 */
import type { MessagePort } from "node:worker_threads";
import type { Backlog } from "./backlog.ts";
import type { CountDrop } from "./drop-reason.ts";
import type { ToMain } from "./messages.ts";

export class Outbox {
  readonly #port: MessagePort;
  readonly #backlog: Backlog;
  readonly #countDrop: CountDrop;
  /** Made when there is something to put in: what lies empty from one turn to another would grow old, and die unnoticed. */
  #batch: { readonly messages: ToMain[]; readonly buffers: ArrayBuffer[] } | undefined;

  constructor(port: MessagePort, backlog: Backlog, countDrop: CountDrop) {
    this.#port = port;
    this.#backlog = backlog;
    this.#countDrop = countDrop;
  }

  put(message: ToMain): void {
    this.#backlog.posted();
    this.#gathered().messages.push(message);
  }

  /** Calls `make` with a copy of `bytes` that the other thread may keep, unless too many wait already. */
  putPacket(bytes: Uint8Array, make: (copy: Uint8Array) => ToMain): void {
    if (this.#backlog.isFull) return this.#countDrop("main-backlog");
    const buffer = new ArrayBuffer(bytes.length);
    const copy = new Uint8Array(buffer);
    copy.set(bytes);
    this.#gathered().buffers.push(buffer);
    this.put(make(copy));
  }

  flush(): void {
    if (this.#batch === undefined) return;
    this.#port.postMessage(this.#batch.messages, this.#batch.buffers);
    this.#batch = undefined;
  }

  #gathered(): { readonly messages: ToMain[]; readonly buffers: ArrayBuffer[] } {
    return (this.#batch ??= { messages: [], buffers: [] });
  }
}
