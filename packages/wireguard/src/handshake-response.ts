/**
 * Handshake response, the second of two handshake messages; shorter than the question.
 *
 *     offset  0      1          4        8          12          44                60     76     92
 *             +------+----------+--------+----------+-----------+-----------------+------+------+
 *             | 0x02 | reserved | sender | receiver | ephemeral | empty + tag     | mac1 | mac2 |
 *             |      | 000000   | u32 LE | u32 LE   | 32        | 0 + 16 sealed   | 16   | 16   |
 *             +------+----------+--------+----------+-----------+-----------------+------+------+
 *
 * The caller has checked type and length ({@link messageKind}).
 */
import { INDEX_OFFSET, KEY_BYTES, MessageType, TAG_BYTES } from "./constants.ts";
import { readU32, writeU32 } from "./little-endian.ts";

export const HANDSHAKE_RESPONSE_BYTES = 92;

/** Where a response says which initiation it answers; its own index is where all messages have one. */
export const RESPONSE_RECEIVER_OFFSET = 8;
const EPHEMERAL = 12;
const EMPTY = EPHEMERAL + KEY_BYTES;
const MAC1 = EMPTY + TAG_BYTES;

export type HandshakeResponse = {
  readonly sender: number;
  readonly receiver: number;
  readonly ephemeral: Uint8Array;
  readonly sealedEmpty: Uint8Array;
};

/** Leaves mac1 and mac2 zero: they cover the rest and come last. */
export function encodeHandshakeResponse(message: HandshakeResponse): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_RESPONSE_BYTES);
  writeU32(bytes, 0, MessageType.HandshakeResponse);
  writeU32(bytes, INDEX_OFFSET, message.sender);
  writeU32(bytes, RESPONSE_RECEIVER_OFFSET, message.receiver);
  bytes.set(message.ephemeral, EPHEMERAL);
  bytes.set(message.sealedEmpty, EMPTY);
  return bytes;
}

export function decodeHandshakeResponse(bytes: Uint8Array): HandshakeResponse {
  return {
    sender: readU32(bytes, INDEX_OFFSET),
    receiver: readU32(bytes, RESPONSE_RECEIVER_OFFSET),
    ephemeral: Uint8Array.from(bytes.subarray(EPHEMERAL, EMPTY)),
    sealedEmpty: Uint8Array.from(bytes.subarray(EMPTY, MAC1)),
  };
}
