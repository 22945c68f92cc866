/** WireGuard's stamps on disk, written a moment after they change. */
import { fromBase64Url } from "@pinhole/protocol";
import type { PeerTimestamps } from "../datapath/contract.ts";
import type { TimestampsRecord } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";

const WRITE_DELAY_MS = 200;

export class TimestampKeeper {
  readonly #store: StateStore;
  #record: TimestampsRecord;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: StateStore) {
    this.#store = store;
    this.#record = store.load("timestamps") ?? {};
  }

  get all(): PeerTimestamps[] {
    return Object.entries(this.#record)
      .filter(([nodeKey]) => fromBase64Url(nodeKey)?.length === 32)
      .map(([nodeKey, { sent, taken }]) => ({ nodeKey, sent: sent ?? null, taken: taken ?? null }));
  }

  take({ nodeKey, sent, taken }: PeerTimestamps): void {
    this.#record = {
      ...this.#record,
      [nodeKey]: { ...(sent === null ? {} : { sent }), ...(taken === null ? {} : { taken }) },
    };
    this.#timer ??= setTimeout(() => this.flush(), WRITE_DELAY_MS);
  }

  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store.save("timestamps", this.#record);
  }
}
