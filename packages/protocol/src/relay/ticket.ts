/**
 * A relay ticket: which device may use the relay, and whom it may reach. The server signs it; the relay checks it
 * with nothing but the server's public key.
 *
 *     offset  0         1           9          25       41             73          75           75+16n
 *             +---------+-----------+----------+--------+--------------+-----------+------------+-----------+
 *             | version | expiresAt | deviceId | teamId | identity key | peerCount | peer ids   | signature |
 *             | u8 = 1  | u64 ms    | 16       | 16     | 32           | u16 = n   | n × 16     | 64        |
 *             +---------+-----------+----------+--------+--------------+-----------+------------+-----------+
 *
 * Integers are big-endian. The length is exact: a ticket with bytes after its signature is none.
 */
import {
  type DeviceId,
  deviceIdFromBytes,
  ID_BYTES,
  idToBytes,
  type TeamId,
  teamIdFromBytes,
  writeId,
} from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import { ByteReader, ByteWriter } from "../wire/index.ts";

export const TICKET_VERSION = 1;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const HEADER_BYTES = 1 + 8 + ID_BYTES + ID_BYTES + KEY_BYTES + 2;

/** So that a hello, with its signature around the ticket, stays within 64 KiB. */
export const MAX_TICKET_BYTES = 65_536 - 1 - 2 - SIGNATURE_BYTES;
export const MAX_TICKET_PEERS = Math.floor((MAX_TICKET_BYTES - HEADER_BYTES - SIGNATURE_BYTES) / ID_BYTES);

export type RelayTicket = {
  /** Milliseconds since the epoch, on the server's clock. */
  readonly expiresAt: number;
  readonly deviceId: DeviceId;
  readonly teamId: TeamId;
  /** Ed25519: who must sign the relay's challenge. */
  readonly identityKey: Uint8Array;
  readonly peers: readonly DeviceId[];
};

export type SignedTicket = {
  readonly ticket: RelayTicket;
  /** What the signature is over, before {@link relayTicketSignatureInput}. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
};

export type TicketError = "short" | "wrong-version" | "too-many-peers" | "wrong-length";

/** Everything but the signature. */
export function encodeTicketBody({ expiresAt, deviceId, teamId, identityKey, peers }: RelayTicket): Uint8Array {
  if (identityKey.length !== KEY_BYTES) throw new RangeError(`an identity key has ${KEY_BYTES} bytes`);
  if (peers.length > MAX_TICKET_PEERS) throw new RangeError(`a ticket names at most ${MAX_TICKET_PEERS} peers`);
  const writer = new ByteWriter(HEADER_BYTES + peers.length * ID_BYTES)
    .u8(TICKET_VERSION)
    .u64(BigInt(expiresAt))
    .bytes(idToBytes(deviceId))
    .bytes(idToBytes(teamId))
    .bytes(identityKey)
    .u16(peers.length);
  const ids = new Uint8Array(peers.length * ID_BYTES);
  for (let at = 0; at < peers.length; at++) writeId(peers[at] ?? deviceId, ids, at * ID_BYTES);
  return writer.bytes(ids).finish();
}

export function joinTicket(body: Uint8Array, signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_BYTES) throw new RangeError(`a signature has ${SIGNATURE_BYTES} bytes`);
  return new ByteWriter(body.length + SIGNATURE_BYTES).bytes(body).bytes(signature).finish();
}

/** Says what the ticket claims; whether the server signed it is the caller's to check. */
export function decodeTicket(bytes: Uint8Array): Result<SignedTicket, TicketError> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (reader.overran) return err("short");
  if (version !== TICKET_VERSION) return err("wrong-version");

  const expiresAt = Number(reader.u64());
  const deviceId = reader.bytes(ID_BYTES);
  const teamId = reader.bytes(ID_BYTES);
  const identityKey = reader.bytes(KEY_BYTES);
  const peerCount = reader.u16();
  if (reader.overran) return err("short");
  if (peerCount > MAX_TICKET_PEERS) return err("too-many-peers");
  // Before any peer is read: the count is the sender's word.
  if (bytes.length !== HEADER_BYTES + peerCount * ID_BYTES + SIGNATURE_BYTES) return err("wrong-length");

  const peers = Array.from({ length: peerCount }, () => deviceIdFromBytes(reader.bytes(ID_BYTES)));
  return ok({
    ticket: {
      expiresAt,
      deviceId: deviceIdFromBytes(deviceId),
      teamId: teamIdFromBytes(teamId),
      identityKey,
      peers,
    },
    body: bytes.slice(0, bytes.length - SIGNATURE_BYTES),
    signature: reader.bytes(SIGNATURE_BYTES),
  });
}
