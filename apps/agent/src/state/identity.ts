/** The device's two keys: Ed25519 to say who it is, Curve25519 for WireGuard. Neither private half leaves the machine. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { fromBase64Url, toBase64Url } from "@pinhole/protocol";
import type { IdentityRecord } from "./records.ts";
import type { StateStore } from "./store.ts";

/** DER of a PKCS #8 key up to the 32 raw bytes (RFC 8410 §7): Node imports no raw private keys. */
const ED25519_PKCS8_PREFIX = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]);
const X25519_PKCS8_PREFIX = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20]);

export type Identity = {
  /** Base64url. */
  readonly identityKey: string;
  readonly nodeKey: string;
  readonly nodePrivateKey: Uint8Array;
  readonly nodePublicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/** Loads the device's keys, or makes them on the first call. */
export function loadOrCreateIdentity(store: StateStore): Identity {
  const saved = store.load("identity");
  if (saved !== undefined) return openIdentity(saved);
  const record: IdentityRecord = {
    identityPrivateKey: rawPrivate(generateKeyPairSync("ed25519").privateKey),
    nodePrivateKey: toBase64Url(randomBytes(32)),
  };
  store.save("identity", record);
  return openIdentity(record);
}

function openIdentity(record: IdentityRecord): Identity {
  const identity = importPrivate(ED25519_PKCS8_PREFIX, bytes(record.identityPrivateKey));
  const nodePrivateKey = bytes(record.nodePrivateKey);
  const nodePublicKey = rawPublic(importPrivate(X25519_PKCS8_PREFIX, nodePrivateKey));
  return {
    identityKey: toBase64Url(rawPublic(identity)),
    nodeKey: toBase64Url(nodePublicKey),
    nodePrivateKey,
    nodePublicKey,
    sign: (message) => sign(null, message, identity),
  };
}

function importPrivate(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "pkcs8" });
}

const rawPrivate = (key: KeyObject): string =>
  toBase64Url(key.export({ format: "der", type: "pkcs8" }).subarray(ED25519_PKCS8_PREFIX.length));

const rawPublic = (key: KeyObject): Uint8Array =>
  Uint8Array.from(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));

function bytes(text: string): Uint8Array {
  const decoded = fromBase64Url(text);
  if (decoded === undefined) throw new Error("a key that passed its schema is base64url");
  return decoded;
}
