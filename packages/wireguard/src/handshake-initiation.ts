/**
 * Handshake initiation, the first of two handshake messages.
 *
 *     offset  0      1          4        8           40                88                   116    132    148
 *             +------+----------+--------+-----------+-----------------+--------------------+------+------+
 *             | 0x01 | reserved | sender | ephemeral | static + tag    | timestamp + tag    | mac1 | mac2 |
 *             |      | 000000   | u32 LE | 32        | 32 + 16 sealed  | 12 + 16 sealed     | 16   | 16   |
 *             +------+----------+--------+-----------+-----------------+--------------------+------+------+
 *
 * The caller has checked type and length ({@link messageKind}). Decoded fields are copies,
 * because sockets hand out the same buffer again.
 */
import { INDEX_OFFSET, KEY_BYTES, MessageType, TAG_BYTES } from "./constants.ts";
import { readU32, writeU32 } from "./little-endian.ts";
import { TAI64N_BYTES } from "./tai64n.ts";

export const HANDSHAKE_INITIATION_BYTES = 148;

const EPHEMERAL = 8;
const STATIC = EPHEMERAL + KEY_BYTES;
const TIMESTAMP = STATIC + KEY_BYTES + TAG_BYTES;
const MAC1 = TIMESTAMP + TAI64N_BYTES + TAG_BYTES;

export type HandshakeInitiation = {
  readonly sender: number;
  readonly ephemeral: Uint8Array;
  readonly sealedStatic: Uint8Array;
  readonly sealedTimestamp: Uint8Array;
};

/** Leaves mac1 and mac2 zero: they cover the rest and come last. */
export function encodeHandshakeInitiation(message: HandshakeInitiation): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_INITIATION_BYTES);
  writeU32(bytes, 0, MessageType.HandshakeInitiation);
  writeU32(bytes, INDEX_OFFSET, message.sender);
  bytes.set(message.ephemeral, EPHEMERAL);
  bytes.set(message.sealedStatic, STATIC);
  bytes.set(message.sealedTimestamp, TIMESTAMP);
  return bytes;
}

export function decodeHandshakeInitiation(bytes: Uint8Array): HandshakeInitiation {
  return {
    sender: readU32(bytes, INDEX_OFFSET),
    ephemeral: Uint8Array.from(bytes.subarray(EPHEMERAL, STATIC)),
    sealedStatic: Uint8Array.from(bytes.subarray(STATIC, TIMESTAMP)),
    sealedTimestamp: Uint8Array.from(bytes.subarray(TIMESTAMP, MAC1)),
  };
}
