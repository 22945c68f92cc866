/** WireGuard's stamps on disk, written a moment after they change. */
import { fromBase64Url } from "@pinhole/protocol";
import type { PeerTimestamps } from "../datapath/contract.ts";
import type { Log } from "../log.ts";
import { KeptOnDisk } from "../state/kept-on-disk.ts";
import type { TimestampsRecord } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";

const WRITE_DELAY_MS = 200;
/** Twice the peers of the largest netmap: those not heard of for the longest go first. */
const MAX_KEPT = 10_000;

export class TimestampKeeper {
  /** In the order of their last change. */
  readonly #stamps: Map<string, TimestampsRecord[string]>;
  readonly #file: KeptOnDisk;

  constructor(store: StateStore, log: Log) {
    this.#stamps = new Map(Object.entries(store.loadOrSetAside("timestamps", log.warn) ?? {}));
    this.#file = new KeptOnDisk({
      write: () => store.save("timestamps", Object.fromEntries(this.#stamps)),
      delayMs: WRITE_DELAY_MS,
      log,
    });
  }

  get all(): PeerTimestamps[] {
    return [...this.#stamps]
      .filter(([nodeKey]) => fromBase64Url(nodeKey)?.length === 32)
      .map(([nodeKey, { sent, taken }]) => ({ nodeKey, sent: sent ?? null, taken: taken ?? null }));
  }

  take({ nodeKey, sent, taken }: PeerTimestamps): void {
    this.#stamps.delete(nodeKey);
    this.#stamps.set(nodeKey, { ...(sent === null ? {} : { sent }), ...(taken === null ? {} : { taken }) });
    if (this.#stamps.size > MAX_KEPT) {
      const [oldest] = this.#stamps.keys();
      if (oldest !== undefined) this.#stamps.delete(oldest);
    }
    this.#file.changed();
  }

  /** Writes what has not been written yet. */
  close(): void {
    this.#file.close();
  }
}
