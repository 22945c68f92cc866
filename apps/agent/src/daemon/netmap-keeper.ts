/**
 * The netmap as the agent holds it: from disk at first, then as the dashboard's events change it.
 *
 * Whoever acts on it hears of each new state; the disk gets it a moment later. A change that does not fit is not acted on:
 * the peers stay as they are until a whole netmap has come.
 */
import type { Netmap, SessionEvent } from "@pinhole/protocol/control";
import { applyDelta, applyPresence } from "../control/apply-delta.ts";
import type { Log } from "../log.ts";
import { KeptOnDisk } from "../state/kept-on-disk.ts";
import type { StateStore } from "../state/store.ts";

const WRITE_DELAY_MS = 500;

type NetmapEvent = Extract<SessionEvent, { kind: "netmap" | "delta" | "presence" | "revoked" }>;

export class NetmapKeeper {
  readonly #file: KeptOnDisk;
  readonly #log: Log;
  readonly #changed: (netmap: Netmap | undefined) => void;
  #netmap: Netmap | undefined;
  #needsWhole = false;

  constructor(store: StateStore, log: Log, changed: (netmap: Netmap | undefined) => void) {
    this.#changed = changed;
    this.#log = log;
    const saved = store.loadOrSetAside("netmap", log.warn);
    // Who was online when this was written says nothing of now.
    this.#netmap = saved && { ...saved, peers: saved.peers.map((peer) => ({ ...peer, online: false })) };
    this.#file = new KeptOnDisk({
      write: () => (this.#netmap === undefined ? store.remove("netmap") : store.save("netmap", this.#netmap)),
      delayMs: WRITE_DELAY_MS,
      log,
    });
  }

  get current(): Netmap | undefined {
    return this.#netmap;
  }

  /** To resume from; null asks for the whole. */
  get revision(): number | null {
    return this.#needsWhole ? null : (this.#netmap?.revision ?? null);
  }

  /** `stale`: the change is for another netmap than the one held; a session from {@link revision} brings the whole. */
  take(event: NetmapEvent): "taken" | "stale" {
    switch (event.kind) {
      case "netmap":
        this.#needsWhole = false;
        this.#keep(event.netmap);
        return "taken";
      case "delta": {
        const next = this.#netmap && applyDelta(this.#netmap, event.delta);
        if (this.#needsWhole || next === undefined || !next.ok) {
          this.#needsWhole = true;
          return "stale";
        }
        this.#keep(next.value);
        return "taken";
      }
      case "presence":
        if (this.#netmap !== undefined) this.#replace(applyPresence(this.#netmap, event));
        return "taken";
      case "revoked":
        this.#needsWhole = false;
        if (this.#netmap !== undefined) this.#keep(undefined);
        return "taken";
      default:
        return event satisfies never;
    }
  }

  /** Writes what has not been written yet. */
  close(): void {
    this.#file.close();
  }

  #keep(netmap: Netmap | undefined): void {
    this.#replace(netmap);
    this.#file.changed();
  }

  #replace(netmap: Netmap | undefined): void {
    const [before, after] = [this.#netmap, netmap].map((one) => one?.self.standing ?? "admitted");
    // Who has no peers looks in the log for the cause.
    if (before !== after) this.#log.info("standing in the team", { standing: after });
    this.#netmap = netmap;
    this.#changed(netmap);
  }
}
