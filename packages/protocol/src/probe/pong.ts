/**
 * Probe pong: the answer to a ping. It carries the endpoint the responder saw, so every
 * pong doubles as a STUN answer for that exact pair of sockets.
 *
 *     offset  0      1               9        10         26     28        32
 *             +------+---------------+--------+----------+------+---------+
 *             | 0x02 | transaction ID| family | address  | port | zeros   |
 *             +------+---------------+--------+----------+------+---------+
 *
 * `family` is 4 or 6; an IPv4 address takes the first 4 of the 16 bytes. The port is
 * big-endian. Always one block: as long as the shortest ping. What follows the port is
 * ignored.
 */
import type { Endpoint } from "../endpoint.ts";
import { err, ok, type Result } from "../result.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { readEndpoint, writeEndpoint } from "./endpoint-field.ts";
import { PROBE_BLOCK_BYTES } from "./envelope.ts";
import { TX_ID_BYTES } from "./ping.ts";

export const PONG_TYPE = 0x02;

export type Pong = {
  readonly kind: "pong";
  readonly txId: Uint8Array;
  /** Where our ping appeared to come from, by the word of the peer. */
  readonly observed: Endpoint;
};

export function encodePong({ txId, observed }: Omit<Pong, "kind">): Uint8Array {
  if (txId.length !== TX_ID_BYTES) throw new RangeError(`a transaction ID has ${TX_ID_BYTES} bytes`);
  const writer = new ByteWriter(PROBE_BLOCK_BYTES).u8(PONG_TYPE).bytes(txId);
  writeEndpoint(writer, observed);
  return writer.zeros(PROBE_BLOCK_BYTES - writer.length).finish();
}

export function decodePong(plaintext: Uint8Array): Result<Pong, "wrong-type" | "short" | "unknown-family"> {
  const reader = new ByteReader(plaintext);
  if (reader.u8() !== PONG_TYPE) return err("wrong-type");
  const txId = reader.bytes(TX_ID_BYTES);
  if (plaintext.length < PROBE_BLOCK_BYTES) return err("short");
  const observed = readEndpoint(reader);
  return observed === undefined ? err("unknown-family") : ok({ kind: "pong", txId, observed });
}
