/**
 * The server's own keys, made once and kept in `setting`.
 *
 * None of them lets the server impersonate a device: one proves the server to agents, one signs relay tickets, one signs
 * what the STUN server saw, one seals the browsers' sign-in cookies.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { Db } from "@pinhole/drizzle";
import { setting } from "@pinhole/drizzle/schema";
import { FINGERPRINT_BYTES, fromBase64Url, toBase64Url } from "@pinhole/protocol";
import { eq } from "drizzle-orm";

export type ServerKeys = {
  /** X25519, raw: the static key of every control channel. */
  readonly channel: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };
  /** What enrollment tokens carry of the channel key. */
  readonly fingerprint: Uint8Array;
  /** Ed25519: signs relay tickets. */
  readonly relay: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  /** HMAC: by which the dashboard knows what its STUN server saw. */
  readonly endpointProof: Uint8Array;
  /** Seals the sign-in cookie. */
  readonly authSecret: string;
};

type Curve = "X25519" | "Ed25519";

/** Reads the keys, making those that are missing. Two processes that start on one new database end up with the same. */
export function loadServerKeys(db: Db): ServerKeys {
  return db.transaction(
    (tx) => {
      const keep = (key: string, make: () => string): string => {
        const kept = tx.select().from(setting).where(eq(setting.key, key)).get();
        if (kept !== undefined) return kept.value;
        const value = make();
        tx.insert(setting).values({ key, value }).run();
        return value;
      };
      const channel = readKeyPair(
        keep("key.channel", () => makeKeyPair("X25519")),
        "X25519",
      );
      const relay = readKeyPair(
        keep("key.relay", () => makeKeyPair("Ed25519")),
        "Ed25519",
      );
      return {
        channel: { privateKey: channel.privateBytes, publicKey: channel.publicBytes },
        fingerprint: keyFingerprint(channel.publicBytes),
        relay: { privateKey: relay.privateKey, publicKey: createPublicKey(relay.privateKey) },
        endpointProof: new Uint8Array(
          Buffer.from(
            keep("key.endpoint-proof", () => toBase64Url(randomBytes(32))),
            "base64url",
          ),
        ),
        authSecret: keep("secret.auth", () => toBase64Url(randomBytes(32))),
      };
    },
    { behavior: "immediate" },
  );
}

export function keyFingerprint(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(publicKey).digest().subarray(0, FINGERPRINT_BYTES));
}

/** What stand-alone relays are given, base64url. */
export function relayPublicKey({ relay }: Pick<ServerKeys, "relay">): string {
  return String(relay.publicKey.export({ format: "jwk" }).x);
}

/** `private.public`, both base64url: the raw bytes that a JSON Web Key holds. */
function makeKeyPair(curve: Curve): string {
  const { privateKey } = curve === "X25519" ? generateKeyPairSync("x25519") : generateKeyPairSync("ed25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  return `${d}.${x}`;
}

function readKeyPair(text: string, curve: Curve) {
  const [d = "", x = ""] = text.split(".");
  const [privateBytes, publicBytes] = [fromBase64Url(d), fromBase64Url(x)];
  if (privateBytes?.length !== 32 || publicBytes?.length !== 32)
    throw new Error(`the server's ${curve} key in the database is damaged`);
  const privateKey = createPrivateKey({ key: { kty: "OKP", crv: curve, d, x }, format: "jwk" });
  return { privateBytes, publicBytes, privateKey };
}
