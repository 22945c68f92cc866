/**
 * ChaCha20-Poly1305 by the OpenSSL that Node brings, called directly: the way through node:crypto costs a packet many times
 * what the cipher itself does.
 *
 * Bytes in memory of {@link allocate} are worked on where they are; all others are copied there and back.
 * Lengths are checked here, since what is wrong beyond this point is memory corruption.
 */
import { randomBytes } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type Aead, type Counter, nodeAead, type Opener, type Sealer } from "@pinhole/wireguard";
import { EvpAead } from "./evp-aead.ts";
import type { Native, NativeMissing } from "./native.ts";
import { addressOf, packetMemory, type Pinned, pin } from "./native-memory.ts";
import { newPrimitiveAead } from "./primitive-aead.ts";

const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** The longest datagram, for those that are copied. */
const SCRATCH_BYTES = 65_536;

/** The fastest first. */
const WAYS: readonly ((native: Native) => Aead)[] = [newPrimitiveAead, (native) => new EvpAead(native)];

/** Refused where Node's OpenSSL cannot be called, or does something else than node:crypto. */
export function loadOpensslAead(native: Native): Result<Aead, NativeMissing> {
  let why = "";
  for (const way of WAYS) {
    try {
      const aead = newCheckedAead(native, way(native));
      if (placesToCheck().every((place) => agreesWithNode(aead, place))) return ok(aead);
      why = "it computes something else than node:crypto";
    } catch (cause) {
      why = cause instanceof Error ? cause.message : String(cause);
    }
  }
  return err({ code: "unsupported", words: `Node's OpenSSL cannot be called: ${why}` });
}

/** `aead`, which believes what it is told, for bytes that lie anywhere. */
export function newCheckedAead(native: Native, aead: Aead): Aead {
  const scratch: Pinned = pin(native, SCRATCH_BYTES);
  return {
    newSealer(key) {
      demandKey(key);
      return new CheckedSealer(aead.newSealer(key), scratch.bytes);
    },
    newOpener(key) {
      demandKey(key);
      return new CheckedOpener(aead.newOpener(key), scratch.bytes);
    },
  };
}

class CheckedSealer implements Sealer {
  readonly #sealer: Sealer;
  readonly #scratch: Uint8Array;

  constructor(sealer: Sealer, scratch: Uint8Array) {
    this.#sealer = sealer;
    this.#scratch = scratch;
  }

  seal(counter: Counter, bytes: Uint8Array, from: number, to: number): void {
    demandRoom(bytes, from, to);
    if (addressOf(bytes) !== undefined) return this.#sealer.seal(counter, bytes, from, to);
    const scratch = this.#scratch;
    scratch.set(bytes.subarray(from, to));
    this.#sealer.seal(counter, scratch, 0, to - from);
    bytes.set(scratch.subarray(0, to - from + TAG_BYTES), from);
  }

  destroy(): void {
    this.#sealer.destroy();
  }
}

class CheckedOpener implements Opener {
  readonly #opener: Opener;
  readonly #scratch: Uint8Array;

  constructor(opener: Opener, scratch: Uint8Array) {
    this.#opener = opener;
    this.#scratch = scratch;
  }

  open(counter: Counter, bytes: Uint8Array, from: number, to: number): Uint8Array | undefined {
    demandRoom(bytes, from, to);
    if (addressOf(bytes) !== undefined) return this.#opener.open(counter, bytes, from, to);
    const scratch = this.#scratch;
    scratch.set(bytes.subarray(from, to + TAG_BYTES));
    if (this.#opener.open(counter, scratch, 0, to - from) === undefined) return undefined;
    bytes.set(scratch.subarray(0, to - from), from);
    return bytes;
  }

  destroy(): void {
    this.#opener.destroy();
  }
}

function demandKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes`);
}

function demandRoom(bytes: Uint8Array, from: number, to: number): void {
  const isInside = from >= 0 && from <= to && to + TAG_BYTES <= bytes.length;
  if (!isInside || to - from > SCRATCH_BYTES - TAG_BYTES)
    throw new RangeError(`${from} to ${to} of ${bytes.length} bytes`);
}

/** Around one block of the cipher and one word of the authenticator, and as long as a packet. */
const COMPARED_LENGTHS = [0, 1, 15, 16, 17, 64, 80, 1_024, 1_392, 1_424, 9_000];
/** Behind a header, as in a datagram, and far enough in for what is done to a block before the packet. */
const CHECKED_FROM = 1_456 + 16;
const CHECKED_BYTES = 12_000;

/** Anywhere, and where packets will lie: each may be worked on in a way of its own. */
function placesToCheck(): readonly Uint8Array[] {
  const memory = packetMemory();
  return [new Uint8Array(CHECKED_BYTES), ...(memory?.sealed === undefined ? [] : [memory.sealed])];
}

function agreesWithNode(aead: Aead, place: Uint8Array): boolean {
  return COMPARED_LENGTHS.every((length) => {
    const key = randomBytes(KEY_BYTES);
    const counter = { hi: 0x01020304, lo: 0xfedcba98 };
    const from = CHECKED_FROM;
    const to = from + length;
    const mine = place.subarray(0, to + TAG_BYTES);
    mine.set(randomBytes(mine.length));
    const plaintext = Uint8Array.from(mine);
    const nodes = Uint8Array.from(mine);
    const ends = [aead.newSealer(key), nodeAead.newSealer(key), aead.newOpener(key)] as const;
    ends[0].seal(counter, mine, from, to);
    ends[1].seal(counter, nodes, from, to);
    const isSame = Buffer.compare(mine, nodes) === 0;
    mine[to] = (mine[to] ?? 0) ^ 1;
    const isStrict = ends[2].open(counter, mine, from, to) === undefined;
    mine.set(nodes);
    const opened = ends[2].open(counter, mine, from, to)?.subarray(from, to);
    for (const end of ends) end.destroy();
    return isSame && isStrict && opened !== undefined && Buffer.compare(opened, plaintext.subarray(from, to)) === 0;
  });
}
