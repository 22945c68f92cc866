/**
 * A device that has just joined shows that it reaches the others, or why not: one echo to the first few that are online.
 *
 * Not before there is a way to them: an echo into the void makes WireGuard wait five seconds before it asks again.
 */
import type { DeviceId } from "@pinhole/protocol";

const PEERS = 8;
const TIMEOUT_MS = 5_000;
/** Longer than a relay takes to come up on the worst network: then a direct path has to be found without it. */
const PATIENCE_MS = 5_000;

type Deps = {
  readonly ping: (peerId: DeviceId, seq: number, timeoutMs: number) => Promise<unknown>;
  /** Those that are online. */
  readonly peers: () => readonly DeviceId[];
  readonly hasWay: (peerId: DeviceId) => boolean;
};

export class FirstContact {
  readonly #deps: Deps;
  #isDue: boolean;
  #isPatient = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(isDue: boolean, deps: Deps) {
    this.#isDue = isDue;
    this.#deps = deps;
  }

  /** Peers or ways to them have changed. */
  consider(): void {
    if (!this.#isDue) return;
    const online = this.#deps.peers();
    if (online.length === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#isPatient = false;
      this.consider();
    }, PATIENCE_MS);
    const reachable = this.#isPatient ? online.filter((id) => this.#deps.hasWay(id)) : online;
    if (reachable.length === 0) return;
    this.close();
    for (const id of reachable.slice(0, PEERS)) void this.#deps.ping(id, 1, TIMEOUT_MS);
  }

  close(): void {
    this.#isDue = false;
    clearTimeout(this.#timer);
  }
}
