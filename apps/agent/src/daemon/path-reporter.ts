/**
 * Tells the dashboard of path changes: a burst is one message, what was not taken is said again, and a new session begins
 * with the whole state.
 */
import type { DeviceId } from "@pinhole/protocol";
import type { PathReport } from "@pinhole/protocol/control";
import type { Delivery } from "../control/session-calls.ts";

const GATHER_MS = 50;
/** The dashboard takes one message in half a second, after a burst. */
const RETRY_MS = 1_000;
const MAX_REPORTS = 1_000;

type Deps = {
  /** Undefined for a peer that is not known any more. */
  readonly read: (peerId: DeviceId) => PathReport | undefined;
  readonly send: (reports: PathReport[]) => Promise<Delivery>;
};

export class PathReporter {
  readonly #deps: Deps;
  readonly #dirty = new Set<DeviceId>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  changed(peerId: DeviceId): void {
    this.#dirty.add(peerId);
    this.#schedule(GATHER_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (!this.#isClosed) this.#timer ??= setTimeout(() => void this.#flush(), delayMs);
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    const reports = [...this.#dirty].flatMap((peerId) => this.#deps.read(peerId) ?? []);
    this.#dirty.clear();
    for (let at = 0; at < reports.length; at += MAX_REPORTS) {
      const some = reports.slice(at, at + MAX_REPORTS);
      if ((await this.#deps.send(some)) !== "refused") continue;
      for (const { peerId } of some) this.#dirty.add(peerId);
      this.#schedule(RETRY_MS);
    }
  }
}
