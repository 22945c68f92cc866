/**
 * Group commit: writes that may wait a moment are done together, so that the number of commits does not grow with the
 * number of agents. At most one commit in each {@link BatchedWriterOptions.intervalMs}; the first write after a pause is
 * not held back.
 *
 * A write that fails is dropped and reported; the others of its batch stand. When the database as a whole refuses, the
 * batch is kept and tried again. Order is kept.
 */
import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";

export type Write = {
  readonly run: (tx: Tx) => void;
  /** After the commit; not at all when the write failed. */
  readonly after?: () => void;
  readonly failed?: (error: unknown) => void;
};

export type BatchedWriterOptions = {
  readonly db: Db;
  readonly intervalMs: number;
  /** Monotonic milliseconds. @default performance.now */
  readonly clock?: () => number;
  readonly onError: (error: unknown) => void;
};

/** Beyond this the oldest are given up: a database that is away must not become memory. */
const MAX_WAITING = 50_000;

export class BatchedWriter {
  readonly #options: BatchedWriterOptions;
  readonly #clock: () => number;
  #waiting = new Map<string, Write>();
  #count = 0;
  #committedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: BatchedWriterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
  }

  /** Of two writes with one key, the later one counts. */
  put(key: string, write: Write): void {
    if (this.#isClosed) {
      write.failed?.(new Error("the server is shutting down"));
      return;
    }
    this.#waiting.delete(key);
    this.#waiting.set(key, write);
    if (this.#waiting.size > MAX_WAITING) this.#giveUpOldest();
    this.#schedule();
  }

  add(write: Write): void {
    this.put(`#${this.#count++}`, write);
  }

  /** Resolves once the write is committed. */
  commit(run: Write["run"]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.add({ run, after: resolve, failed: reject });
    });
  }

  /** Commits what is waiting, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const batch = this.#waiting;
    this.#waiting = new Map();
    this.#committedAt = this.#clock();

    const done: Write[] = [];
    const failed: { readonly write: Write; readonly error: unknown }[] = [];
    try {
      this.#options.db.transaction(
        (tx) => {
          for (const write of batch.values()) {
            try {
              // A savepoint: what fails is undone alone.
              tx.transaction((inner) => write.run(inner));
              done.push(write);
            } catch (error) {
              failed.push({ write, error });
            }
          }
        },
        { behavior: "immediate" },
      );
    } catch (error) {
      this.#options.onError(error);
      // What was put meanwhile is newer than what comes back.
      this.#waiting = new Map([...batch, ...this.#waiting]);
      this.#schedule();
      return;
    }
    for (const { write, error } of failed) {
      if (write.failed === undefined) this.#options.onError(error);
      else write.failed(error);
    }
    for (const write of done) write.after?.();
  }

  /** For shutting down: what is waiting is written, and nothing is left to run. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #giveUpOldest(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const [key, write] = oldest;
    this.#waiting.delete(key);
    write.failed?.(new Error("too many writes are waiting"));
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const dueMs = this.#committedAt + this.#options.intervalMs - this.#clock();
    this.#timer = setTimeout(() => this.flush(), Math.max(0, dueMs));
    this.#timer.unref();
  }
}
