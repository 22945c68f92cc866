/**
 * The key of one direction between two devices.
 *
 *     HKDF-SHA256( X25519(node keys), salt = receiver's probe epoch,
 *                  info = "pinhole probe v1" ‖ sender's node key ‖ receiver's node key )
 *       → key (32 bytes) ‖ index (4 bytes, little-endian)
 *
 * The epoch is chosen anew when the receiver starts: with it every key is new, and the
 * receiver may forget which counters it has seen. The index finds the key and changes with
 * it, so nothing on the wire follows a device for longer than that.
 */
import { hkdfSync } from "node:crypto";

const KEY_BYTES = 32;
const INDEX_BYTES = 4;
const LABEL = Buffer.from("pinhole probe v1", "ascii");

export type ProbeKey = { readonly key: Uint8Array; readonly index: number };

export type Direction = {
  readonly secret: Uint8Array;
  readonly receiverEpoch: Uint8Array;
  readonly sender: Uint8Array;
  readonly receiver: Uint8Array;
};

export function deriveProbeKey({ secret, receiverEpoch, sender, receiver }: Direction): ProbeKey {
  const info = Buffer.concat([LABEL, sender, receiver]);
  const bytes = new Uint8Array(hkdfSync("sha256", secret, receiverEpoch, info, KEY_BYTES + INDEX_BYTES));
  return {
    key: bytes.slice(0, KEY_BYTES),
    index: new DataView(bytes.buffer).getUint32(KEY_BYTES, true),
  };
}
