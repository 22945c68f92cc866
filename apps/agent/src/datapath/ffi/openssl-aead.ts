/**
 * ChaCha20-Poly1305 by the OpenSSL that Node brings, called directly: the way through node:crypto costs a packet many times
 * what the cipher itself does.
 *
 * Bytes in memory of {@link allocate} are worked on where they lie; all others are copied there and back.
 * Lengths are checked here, since what is wrong beyond this point is memory corruption.
 */
import { randomBytes } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type Aead, nodeAead } from "@pinhole/wireguard";
import { EvpAead } from "./evp-aead.ts";
import type { Native, NativeMissing } from "./native.ts";
import { addressOf, type Pinned, pin } from "./native-memory.ts";
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
      if (agreesWithNode(aead)) return ok(aead);
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
      const sealer = aead.newSealer(key);
      return {
        seal(counter, bytes, from, to) {
          demandRoom(bytes, from, to);
          if (addressOf(bytes) !== undefined) return sealer.seal(counter, bytes, from, to);
          scratch.bytes.set(bytes.subarray(from, to));
          sealer.seal(counter, scratch.bytes, 0, to - from);
          bytes.set(scratch.bytes.subarray(0, to - from + TAG_BYTES), from);
        },
        destroy: () => sealer.destroy(),
      };
    },
    newOpener(key) {
      demandKey(key);
      const opener = aead.newOpener(key);
      return {
        open(counter, bytes, from, to) {
          demandRoom(bytes, from, to);
          if (addressOf(bytes) !== undefined) return opener.open(counter, bytes, from, to);
          scratch.bytes.set(bytes.subarray(from, to + TAG_BYTES));
          const isAuthentic = opener.open(counter, scratch.bytes, 0, to - from);
          bytes.set(scratch.bytes.subarray(0, to - from), from);
          return isAuthentic;
        },
        destroy: () => opener.destroy(),
      };
    },
  };
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

function agreesWithNode(aead: Aead): boolean {
  return COMPARED_LENGTHS.every((length) => {
    const key = randomBytes(KEY_BYTES);
    const counter = { hi: 0x01020304, lo: 0xfedcba98 };
    const mine = randomBytes(16 + length + TAG_BYTES);
    const plaintext = Buffer.from(mine);
    const nodes = Buffer.from(mine);
    const to = mine.length - TAG_BYTES;
    const ends = [aead.newSealer(key), nodeAead.newSealer(key), aead.newOpener(key)] as const;
    ends[0].seal(counter, mine, 16, to);
    ends[1].seal(counter, nodes, 16, to);
    const isSame = mine.equals(nodes);
    mine[to] = (mine[to] ?? 0) ^ 1;
    const isStrict = !ends[2].open(counter, mine, 16, to) && ends[2].open(counter, nodes, 16, to);
    for (const end of ends) end.destroy();
    return isSame && isStrict && nodes.subarray(0, to).equals(plaintext.subarray(0, to));
  });
}
