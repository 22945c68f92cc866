/**
 * Keeps a file after what is in memory: a burst of changes is one write, a moment later. A disk that does not take it is
 * told of once and tried again; nothing else stops for it.
 */
import type { Log } from "../log.ts";
import { StateError } from "./state-error.ts";

const RETRY_MS = 10_000;

type Deps = {
  /** @throws {StateError} */
  readonly write: () => void;
  readonly delayMs: number;
  readonly log: Pick<Log, "warn" | "info">;
};

export class KeptOnDisk {
  readonly #deps: Deps;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** There is something to write. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#isFailing ? RETRY_MS : this.#deps.delayMs);
  }

  /** Writes what has not been written yet. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#deps.write();
      if (this.#isFailing) this.#deps.log.info("the state is on disk again");
      this.#isFailing = false;
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      if (!this.#isFailing) this.#deps.log.warn(error.message);
      this.#isFailing = true;
      this.changed();
    }
  }

  /** The last write; what the disk does not take now is lost. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
