/** Tells the dashboard of path changes: a burst is one message, and a new session begins with the whole state. */
import type { DeviceId } from "@pinhole/protocol";
import type { PathReport } from "@pinhole/protocol/control";

const GATHER_MS = 50;
const MAX_REPORTS = 1_000;

type Deps = {
  readonly read: (peerId: DeviceId) => PathReport | undefined;
  readonly send: (reports: PathReport[]) => Promise<void>;
};

export class PathReporter {
  readonly #deps: Deps;
  readonly #dirty = new Set<DeviceId>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  changed(peerId: DeviceId): void {
    this.#dirty.add(peerId);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const peers = [...this.#dirty];
    this.#dirty.clear();
    const reports = peers.flatMap((peerId) => this.#deps.read(peerId) ?? []);
    for (let at = 0; at < reports.length; at += MAX_REPORTS) void this.#deps.send(reports.slice(at, at + MAX_REPORTS));
  }
}
