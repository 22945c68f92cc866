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
/** A report is up to some 350 bytes, and a message of the control session up to 256 KiB. */
const MAX_REPORTS = 500;

/** A round trip is shown anew when it is off by this share, and by more than the jitter of a quiet line. */
const RTT_SHARE = 0.2;
const RTT_MS = 2;

type Deps = {
  /** Undefined for a peer that is not known any more. */
  readonly read: (peerId: DeviceId) => PathReport | undefined;
  readonly send: (reports: PathReport[]) => Promise<Delivery>;
};

export class PathReporter {
  readonly #deps: Deps;
  readonly #dirty = new Set<DeviceId>();
  /** As the dashboard knows it. */
  readonly #told = new Map<DeviceId, PathReport>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  changed(peerId: DeviceId): void {
    this.#dirty.add(peerId);
    this.#schedule(GATHER_MS);
  }

  /** For what comes slowly or late, and is no change of the path: the round trip, the reason why there is no better one. */
  refresh(peerIds: Iterable<DeviceId>): void {
    for (const peerId of peerIds) {
      const [told, report] = [this.#told.get(peerId), this.#deps.read(peerId)];
      if (told !== undefined && report !== undefined && hasDrifted(told, report)) this.changed(peerId);
    }
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
    const reports = [...this.#dirty].flatMap((peerId) => this.#read(peerId) ?? []);
    this.#dirty.clear();
    for (let at = 0; at < reports.length; at += MAX_REPORTS) {
      const some = reports.slice(at, at + MAX_REPORTS);
      if ((await this.#deps.send(some)) !== "refused") continue;
      for (const { peerId } of some) this.#dirty.add(peerId);
      this.#schedule(RETRY_MS);
    }
  }

  #read(peerId: DeviceId): PathReport | undefined {
    const report = this.#deps.read(peerId);
    if (report === undefined) this.#told.delete(peerId);
    else this.#told.set(peerId, report);
    return report;
  }
}

function hasDrifted(told: PathReport, report: PathReport): boolean {
  if (told.reason?.code !== report.reason?.code) return true;
  const [before, now] = [told.path.rttMs, report.path.rttMs];
  if (before === undefined || now === undefined) return before !== now;
  return Math.abs(now - before) > Math.max(RTT_MS, RTT_SHARE * before);
}
