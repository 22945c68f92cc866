/**
 * Decides when a packet leaves, or that it never does. Pure: time and packets come in,
 * packets come out.
 *
 * A packet meets the link of its source, the link of its destination, and the path between
 * the two. Delays add up; each has its own chance to lose it. With the same seed, the same
 * packets are lost.
 */
import { mulberry32 } from "../mulberry32.ts";
import { addressesOf, parseAddress } from "./ipv4.ts";

export type Shape = {
  /** One way, each direction. */
  readonly delayMs?: number;
  /** Up to this much more or less, evenly. Reorders, as a real network does. */
  readonly jitterMs?: number;
  /** Probability, 0 to 1. */
  readonly loss?: number;
  /** Longer packets vanish without a word, like on a path whose ICMP is filtered. */
  readonly mtu?: number;
};

export type Shapes = {
  /** By address. */
  readonly links: Readonly<Record<string, Shape>>;
  /** By two addresses with a space between; applies in both directions. */
  readonly paths: Readonly<Record<string, Shape>>;
};

/** Some 60 MB of full-sized packets; beyond this the shim is a full router queue and drops. */
const MAX_QUEUED = 40_000;

type Waiting = { readonly due: number; readonly order: number; readonly packet: Uint8Array };

export class Shaper {
  #links = new Map<number, Shape>();
  #paths = new Map<string, Shape>();
  readonly #random: () => number;
  readonly #heap: Waiting[] = [];
  #order = 0;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  configure({ links, paths }: Shapes): void {
    this.#links = new Map(Object.entries(links).map(([address, shape]) => [parseAddress(address), shape]));
    this.#paths = new Map(
      Object.entries(paths).map(([pair, shape]) => {
        const [a = "", b = ""] = pair.split(" ");
        return [pathKey(parseAddress(a), parseAddress(b)), shape];
      }),
    );
  }

  /** Takes ownership of `packet`. Returns whether it will leave at all. */
  admit(packet: Uint8Array, now: number): boolean {
    const addresses = addressesOf(packet);
    if (!addresses || this.#heap.length >= MAX_QUEUED) return false;
    const { source, destination } = addresses;

    let delay = 0;
    let survival = 1;
    for (const shape of [
      this.#links.get(source),
      this.#links.get(destination),
      this.#paths.get(pathKey(source, destination)),
    ]) {
      if (!shape) continue;
      if (shape.mtu !== undefined && packet.length > shape.mtu) return false;
      delay += (shape.delayMs ?? 0) + (shape.jitterMs ? (2 * this.#random() - 1) * shape.jitterMs : 0);
      survival *= 1 - (shape.loss ?? 0);
    }
    if (survival < 1 && this.#random() >= survival) return false;
    this.#push({ due: now + Math.max(0, delay), order: this.#order++, packet });
    return true;
  }

  /** When the next packet leaves. */
  get nextDue(): number | undefined {
    return this.#heap[0]?.due;
  }

  /** The next packet that should have left by `now`. Packets due at the same moment keep their order. */
  release(now: number): Uint8Array | undefined {
    const first = this.#heap[0];
    if (!first || first.due > now) return undefined;
    const last = this.#heap.pop();
    if (last && last !== first) this.#sinkFromTop(last);
    return first.packet;
  }

  #push(item: Waiting): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(item, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = item;
  }

  #sinkFromTop(item: Waiting): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below && right && isBefore(right, below)) {
        child++;
        below = right;
      }
      if (!below || !isBefore(below, item)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = item;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

function pathKey(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
