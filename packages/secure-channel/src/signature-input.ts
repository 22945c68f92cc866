/**
 * What a device signs with its Ed25519 identity key to say who it is, inside the channel.
 *
 *     "pinhole/device-signature/1" 00 purpose 00 handshakeHash
 *                                     "enroll" | "session"  32 bytes
 *
 * The handshake hash is different in every session and the same on both of its sides only, so a signature cannot be
 * taken from one session into another: a server that has been broken into cannot use it elsewhere, nor can a man in the middle pass it on.
 * The purpose keeps a signature that enrolls from ever opening a session, and the reverse.
 */
export type SignaturePurpose = "enroll" | "session";

const DOMAIN = "pinhole/device-signature/1";
const HANDSHAKE_HASH_BYTES = 32;

export function signatureInput(handshakeHash: Uint8Array, purpose: SignaturePurpose): Uint8Array {
  if (handshakeHash.length !== HANDSHAKE_HASH_BYTES) {
    throw new RangeError(`a handshake hash has ${HANDSHAKE_HASH_BYTES} bytes, not ${handshakeHash.length}`);
  }
  return new Uint8Array(Buffer.concat([Buffer.from(`${DOMAIN}\0${purpose}\0`), handshakeHash]));
}
