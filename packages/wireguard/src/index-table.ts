/**
 * Who a receiver index belongs to. Indices are random, so that they tell nothing about us
 * and a forger has to guess; the 32-bit space may be shared with others on the same socket.
 */
import type { Keypair } from "./keypair.ts";
import { readU32 } from "./little-endian.ts";

/** Without a keypair, it is a handshake of the owner that waits for its response. */
export type IndexEntry<Owner> = { readonly owner: Owner; readonly keypair: Keypair | undefined };

/** Were it ever reached, the table would hold most of four billion sessions, or `isTaken` be broken. */
const MAX_DRAWS = 1_000;

export class IndexTable<Owner> {
  readonly #entries = new Map<number, IndexEntry<Owner>>();
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #isTakenElsewhere: (index: number) => boolean;

  constructor(randomBytes: (length: number) => Uint8Array, isTakenElsewhere: (index: number) => boolean) {
    this.#randomBytes = randomBytes;
    this.#isTakenElsewhere = isTakenElsewhere;
  }

  get(index: number): IndexEntry<Owner> | undefined {
    return this.#entries.get(keyOf(index));
  }

  has(index: number): boolean {
    return this.#entries.has(keyOf(index));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Draws a free index for a handshake of `owner`. */
  reserve(owner: Owner): number {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const index = readU32(this.#randomBytes(4), 0);
      if (this.has(index) || this.#isTakenElsewhere(index)) continue;
      this.#entries.set(keyOf(index), { owner, keypair: undefined });
      return index;
    }
    throw new Error("no session index is free");
  }

  /** The handshake at `keypair`'s index has become a session. */
  promote(owner: Owner, keypair: Keypair): void {
    this.#entries.set(keyOf(keypair.localIndex), { owner, keypair });
  }

  release(index: number): void {
    this.#entries.delete(keyOf(index));
  }
}

/** As a signed number: these are found without a hash being computed from their bits, the larger ones are not. */
function keyOf(index: number): number {
  return index | 0;
}
