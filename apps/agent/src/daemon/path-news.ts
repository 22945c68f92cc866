/** Tells people of paths that changed: in the log and to the dashboard, each change once. */
import type { DeviceId } from "@pinhole/protocol";
import type { PathState } from "@pinhole/protocol/control";
import type { Log } from "../log.ts";

type Deps = {
  readonly log: Log;
  /** A device's name; of any other relay, what it is called. */
  readonly nameOf: (id: string) => string;
  readonly onChange: (peerId: DeviceId) => void;
};

export class PathNews {
  readonly #deps: Deps;
  readonly #told = new Map<DeviceId, string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Doubling that starts or stops is the datapath's business alone: people are told of other paths. */
  tell(peerId: DeviceId, state: PathState): void {
    const { rttMs, since: _, ...what } = state;
    const text = JSON.stringify(what);
    if (text === this.#told.get(peerId)) return;
    this.#told.set(peerId, text);
    const { log, nameOf, onChange } = this.#deps;
    const { kind, type, relay } = state;
    log.info("path changed", { peer: nameOf(peerId), kind, type, relay: relay && nameOf(relay), rttMs });
    log.debug("path endpoint", { peer: nameOf(peerId), endpoint: state.endpoint });
    onChange(peerId);
  }

  /** Of peers that are gone. */
  forgetAllBut(has: (peerId: DeviceId) => boolean): void {
    for (const peerId of this.#told.keys()) if (!has(peerId)) this.#told.delete(peerId);
  }
}
