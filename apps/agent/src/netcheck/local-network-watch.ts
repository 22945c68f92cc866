/** Notices that this machine's addresses changed, or that it was asleep: by polling, which every platform can. */
import type { NetworkInterfaceInfo } from "node:os";
import type { Prefix } from "@pinhole/protocol";
import { type LocalNetwork, readLocalNetwork } from "./host-candidates.ts";

/** A tenth of a millisecond each time, and a quarter of what a new path may take. */
const POLL_MS = 500;

type Deps = {
  readonly read: () => Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  readonly sockets: readonly { readonly family: 4 | 6; readonly port: number }[];
  readonly ownInterface: string | null;
  readonly overlayRanges: () => readonly Prefix[];
  /** Since this was last asked: whatever was open may be gone, whether the addresses are the same or not. */
  readonly hasSlept: () => boolean;
  readonly onChange: (what: "network-changed" | "woke-up") => void;
};

export class LocalNetworkWatch {
  readonly #deps: Deps;
  readonly #timer: NodeJS.Timeout;
  #current: LocalNetwork | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  get current(): LocalNetwork {
    this.#current ??= this.#read();
    return this.#current;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #poll(): void {
    const before = this.current;
    const after = this.#read();
    const hasSlept = this.#deps.hasSlept();
    this.#current = after;
    if (hasSlept) this.#deps.onChange("woke-up");
    else if (JSON.stringify(before) !== JSON.stringify(after)) this.#deps.onChange("network-changed");
  }

  #read(): LocalNetwork {
    const { read, sockets, ownInterface, overlayRanges } = this.#deps;
    return readLocalNetwork({ interfaces: read(), sockets, ownInterface, overlayRanges: overlayRanges() });
  }
}
