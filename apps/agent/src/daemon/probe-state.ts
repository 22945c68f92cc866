/**
 * What probes need to survive a restart: the epoch that peers seal towards, and a boot count that keeps every nonce new.
 *
 * The boot count is the larger of "one more than the last" and the seconds since 2020: also after a state directory was
 * restored from a backup, or while the disk takes nothing, no count comes twice.
 */
import { randomBytes } from "node:crypto";
import { fromBase64Url, toBase64Url } from "@pinhole/protocol";
import { wallMs } from "../clock.ts";
import type { Log } from "../log.ts";
import type { RuntimeRecord } from "../state/records.ts";
import { StateError } from "../state/state-error.ts";
import type { StateStore } from "../state/store.ts";

const EPOCH_BYTES = 16;
const YEAR_2020_S = 1_577_836_800;
const MAX_COUNT = 0xffff_ffff;

type Deps = { readonly store: StateStore; readonly log: Log; readonly wallClock?: () => number };

export class ProbeState {
  readonly bootCount: number;
  /** Peers seal to it until they hear of a newer one. */
  readonly previousEpoch: Uint8Array | undefined;
  readonly #deps: Deps;
  #record: RuntimeRecord;
  #epoch: Uint8Array;
  #isRenewed = false;

  /** One start of the agent. The count is on disk before the first probe leaves, if the disk takes it. */
  constructor(deps: Deps) {
    const { store, log, wallClock = wallMs } = deps;
    this.#deps = deps;
    const saved = store.loadOrSetAside("runtime", log.warn);
    const seconds = Math.floor(wallClock() / 1_000) - YEAR_2020_S;
    this.bootCount = Math.min(MAX_COUNT, Math.max((saved?.bootCount ?? 0) + 1, seconds));
    this.#epoch = fromBase64Url(saved?.probeEpoch ?? "") ?? new Uint8Array(0);
    if (this.#epoch.length !== EPOCH_BYTES) this.#epoch = new Uint8Array(randomBytes(EPOCH_BYTES));
    const previous = fromBase64Url(saved?.previousProbeEpoch ?? "");
    this.previousEpoch = previous?.length === EPOCH_BYTES ? previous : undefined;
    this.#record = {
      ...(saved?.previousProbeEpoch === undefined ? {} : { previousProbeEpoch: saved.previousProbeEpoch }),
      probeEpoch: toBase64Url(this.#epoch),
      udpPort: saved?.udpPort ?? 0,
      bootCount: this.bootCount,
    };
    this.#save();
  }

  get epoch(): Uint8Array {
    return this.#epoch;
  }

  /** Drawn once and kept; 0 until then. */
  get udpPort(): number {
    return this.#record.udpPort;
  }

  keepUdpPort(udpPort: number): void {
    if (udpPort === this.#record.udpPort) return;
    this.#record = { ...this.#record, udpPort };
    this.#save();
  }

  /** Once a start, and only while peers can be told of it: no index on the wire outlives a run. Undefined after the first time. */
  renew(): Uint8Array | undefined {
    if (this.#isRenewed) return undefined;
    this.#isRenewed = true;
    this.#epoch = new Uint8Array(randomBytes(EPOCH_BYTES));
    const previousProbeEpoch = this.#record.probeEpoch;
    this.#record = { ...this.#record, probeEpoch: toBase64Url(this.#epoch), previousProbeEpoch };
    this.#save();
    return this.#epoch;
  }

  #save(): void {
    try {
      this.#deps.store.save("runtime", this.#record);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.#deps.log.warn(error.message);
    }
  }
}
