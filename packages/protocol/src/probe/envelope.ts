/**
 * The outside of a probe. It has the shape of WireGuard transport data, so that a network
 * which lets the tunnel's packets through lets probes through too, and one that does not
 * fails the probe instead of a path that seemed to work.
 *
 *      0        4                8            16                     n-16       n
 *      +--------+----------------+------------+----------------------+----------+
 *      | 4 0 0 0| receiver index | counter    | ciphertext (32·k)    | tag      |
 *      +--------+----------------+------------+----------------------+----------+
 *
 * Index and counter are little-endian, as in WireGuard. Nothing in clear names a device:
 * the index is derived from the pair's keys (see the path engine).
 */
import { err, ok, type Result } from "../result.ts";

/** Message type "transport data" and three reserved zeros, read as one little-endian word. */
const TYPE_WORD = 4;

export const PROBE_HEADER_BYTES = 16;
export const PROBE_TAG_BYTES = 16;
/** Plaintexts come in whole blocks: a ping and its pong are equally long. */
export const PROBE_BLOCK_BYTES = 32;
/** The largest probe fills an Ethernet frame: 1500 bytes less the IPv4 and UDP headers. */
export const PROBE_MAX_BLOCKS = 45;

const OVERHEAD_BYTES = PROBE_HEADER_BYTES + PROBE_TAG_BYTES;

export type EnvelopeHeader = {
  /** Which key opens this: unsigned 32-bit. */
  readonly index: number;
  /** The nonce: unsigned 64-bit. */
  readonly counter: bigint;
};

export type Envelope = EnvelopeHeader & {
  /** Ciphertext and tag: a view into the datagram, valid as long as the receive buffer is. */
  readonly sealed: Uint8Array;
};

/** The 16 bytes in front of what is sealed. */
export function encodeEnvelopeHeader({ index, counter }: EnvelopeHeader): Uint8Array {
  const bytes = new Uint8Array(PROBE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, TYPE_WORD, true);
  view.setUint32(4, index, true);
  view.setBigUint64(8, counter, true);
  return bytes;
}

/** Says only that the datagram has the shape; whether it is ours is known when a key of that index opens it. */
export function decodeEnvelope(datagram: Uint8Array): Result<Envelope, "not-a-probe"> {
  const plain = datagram.length - OVERHEAD_BYTES;
  if (plain < PROBE_BLOCK_BYTES || plain % PROBE_BLOCK_BYTES !== 0) return err("not-a-probe");
  if (plain > PROBE_MAX_BLOCKS * PROBE_BLOCK_BYTES) return err("not-a-probe");
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (view.getUint32(0, true) !== TYPE_WORD) return err("not-a-probe");
  return ok({
    index: view.getUint32(4, true),
    counter: view.getBigUint64(8, true),
    sealed: datagram.subarray(PROBE_HEADER_BYTES),
  });
}
