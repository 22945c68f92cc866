/**
 * The netmap as the agent holds it: from disk at first, then as the dashboard's events change it.
 *
 * Whoever acts on it hears of each new state; the disk gets it a moment later, so that a burst of changes is one write.
 */
import { applyDelta, applyPresence } from "../control/apply-delta.ts";
import type { Netmap, SessionEvent } from "@pinhole/protocol/control";
import type { StateStore } from "../state/store.ts";

const WRITE_DELAY_MS = 500;

export class NetmapKeeper {
  #netmap: Netmap | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #store: StateStore;
  readonly #changed: (netmap: Netmap | undefined) => void;

  constructor(store: StateStore, changed: (netmap: Netmap | undefined) => void) {
    this.#store = store;
    this.#changed = changed;
    const saved = store.load("netmap");
    // Who was online when this was written says nothing of now.
    this.#netmap = saved && { ...saved, peers: saved.peers.map((peer) => ({ ...peer, online: false })) };
  }

  get current(): Netmap | undefined {
    return this.#netmap;
  }

  /** `stale`: the change does not fit what is held; a session from no revision brings a whole netmap. */
  take(event: SessionEvent): "taken" | "stale" | "not-mine" {
    switch (event.kind) {
      case "netmap":
        this.#replace(event.netmap);
        return "taken";
      case "delta": {
        const next = this.#netmap && applyDelta(this.#netmap, event.delta);
        if (next === undefined || !next.ok) return "stale";
        this.#replace(next.value);
        return "taken";
      }
      case "presence":
        if (this.#netmap !== undefined) this.#replace(applyPresence(this.#netmap, event));
        return "taken";
      case "revoked":
        this.#replace(undefined);
        return "taken";
      case "punch":
      case "relay-ticket":
        return "not-mine";
      default:
        return event satisfies never;
    }
  }

  forget(): void {
    this.#replace(undefined);
  }

  /** Writes what has not been written yet. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#netmap === undefined) this.#store.remove("netmap");
    else this.#store.save("netmap", this.#netmap);
  }

  #replace(netmap: Netmap | undefined): void {
    this.#netmap = netmap;
    this.#timer ??= setTimeout(() => this.flush(), WRITE_DELAY_MS);
    this.#changed(netmap);
  }
}
