/** What ratios are measured on: two tunnels over one wire, and crowds of peers on wires of their own. Each is opened when it is first asked for. */
import { Crowded } from "./crowding.ts";
import { type OpenPinhole, openPinhole, type Way } from "./pinhole.ts";
import { startServer } from "./traffic.ts";
import type { Tunnel } from "./tunnel.ts";
import { Wire } from "./wire.ts";
import { openWireGuardGo } from "./wireguard-go.ts";

export type Pair = { readonly wire: Wire; readonly ours: OpenPinhole; readonly theirs: Tunnel };

export class Stage implements AsyncDisposable {
  readonly seconds: number;
  readonly #opened = new AsyncDisposableStack();
  readonly #pairs = new Map<Way, Promise<Pair>>();
  #one: Promise<Crowded> | undefined;
  #many: Promise<Crowded> | undefined;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  pair(way: Way = "fast"): Promise<Pair> {
    const pair = this.#pairs.get(way) ?? this.#openPair(way);
    this.#pairs.set(way, pair);
    return pair;
  }

  /** One peer is known, and sends. */
  one(): Promise<Crowded> {
    return (this.#one ??= this.#open(Crowded.open(1, 1)));
  }

  /** A thousand are known, and a hundred of them send. */
  many(): Promise<Crowded> {
    return (this.#many ??= this.#open(Crowded.open(1_000, 100)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  async #openPair(way: Way): Promise<Pair> {
    const wire = this.#opened.use(new Wire());
    await startServer(wire);
    return { wire, ours: await openPinhole(wire, way), theirs: await openWireGuardGo(wire) };
  }

  async #open<T extends AsyncDisposable>(opening: Promise<T>): Promise<T> {
    return this.#opened.use(await opening);
  }
}
