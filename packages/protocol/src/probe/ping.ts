/**
 * Probe ping: does a datagram from this socket reach you there, and yours me?
 *
 *     offset  0      1               9                        32·k
 *             +------+---------------+------------------------+
 *             | 0x01 | transaction ID| zeros                  |
 *             +------+---------------+------------------------+
 *
 * Padded to the length of a pong, so that the answer is never larger than the question;
 * more blocks ask whether a packet of that size gets through. What follows the
 * transaction ID is ignored, so that a newer peer may use it.
 */
import { err, ok, type Result } from "../result.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { PROBE_BLOCK_BYTES, PROBE_MAX_BLOCKS } from "./envelope.ts";

export const PING_TYPE = 0x01;
export const TX_ID_BYTES = 8;

export type Ping = { readonly kind: "ping"; readonly txId: Uint8Array };

export function encodePing({ txId }: Pick<Ping, "txId">, blocks = 1): Uint8Array {
  if (txId.length !== TX_ID_BYTES) throw new RangeError(`a transaction ID has ${TX_ID_BYTES} bytes`);
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > PROBE_MAX_BLOCKS) throw new RangeError(`${blocks} blocks`);
  const bytes = new Uint8Array(PROBE_BLOCK_BYTES * blocks);
  bytes[0] = PING_TYPE;
  bytes.set(txId, 1);
  return bytes;
}

export function decodePing(plaintext: Uint8Array): Result<Ping, "wrong-type" | "short"> {
  const reader = new ByteReader(plaintext);
  if (reader.u8() !== PING_TYPE) return err("wrong-type");
  const txId = reader.bytes(TX_ID_BYTES);
  if (plaintext.length < PROBE_BLOCK_BYTES) return err("short");
  return ok({ kind: "ping", txId });
}
