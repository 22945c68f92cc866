/** What ratios are measured on: both tunnels over one wire, and crowds of peers on wires of their own. Each is opened when it is first asked for. */
import { Crowded, CrowdedWireGuardGo } from "./crowding.ts";
import { type OpenPinhole, openPinhole } from "./pinhole.ts";
import { startServer } from "./traffic.ts";
import type { Tunnel } from "./tunnel.ts";
import { Wire } from "./wire.ts";
import { openWireGuardGo } from "./wireguard-go.ts";

export type Pair = { readonly wire: Wire; readonly ours: OpenPinhole; readonly theirs: Tunnel };

export class Stage implements AsyncDisposable {
  readonly seconds: number;
  readonly #opened = new AsyncDisposableStack();
  #pair: Promise<Pair> | undefined;
  #one: Promise<Crowded> | undefined;
  #many: Promise<Crowded> | undefined;
  #portable: Promise<Crowded> | undefined;
  #wireGuardGo: Promise<CrowdedWireGuardGo> | undefined;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  pair(): Promise<Pair> {
    return (this.#pair ??= this.#openPair());
  }

  /** One peer is known, and sends. */
  one(): Promise<Crowded> {
    return (this.#one ??= this.#open(Crowded.open("interface", 1, 1)));
  }

  /** A thousand are known, and a hundred of them send. */
  many(): Promise<Crowded> {
    return (this.#many ??= this.#open(Crowded.open("interface", 1_000, 100)));
  }

  portable(): Promise<Crowded> {
    return (this.#portable ??= this.#open(Crowded.open("portable", 1, 1)));
  }

  wireGuardGo(): Promise<CrowdedWireGuardGo> {
    return (this.#wireGuardGo ??= this.#open(CrowdedWireGuardGo.open()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  async #openPair(): Promise<Pair> {
    const wire = this.#opened.use(new Wire());
    await startServer(wire);
    return { wire, ours: await openPinhole(wire), theirs: await openWireGuardGo(wire) };
  }

  async #open<T extends AsyncDisposable>(opening: Promise<T>): Promise<T> {
    return this.#opened.use(await opening);
  }
}
