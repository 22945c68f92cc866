/**
 * An authenticator in software: ES256 keys, and the few bytes of CBOR that go around them, written out. It does as it is
 * told, also what no real one does.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";

const [PRESENT, VERIFIED, HAS_KEY] = [0x01, 0x04, 0x40];

/** What is other than a browser and an authenticator of this site would have it. */
export type Oddity = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly isVerified?: boolean;
  readonly counter?: number;
  readonly type?: string;
  /** In place of none. */
  readonly statement?: { readonly fmt: string; readonly attStmt: Buffer };
};

export class SoftwareAuthenticator {
  readonly #origin: string;
  readonly #key: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly id: string;
  userHandle: string | undefined;
  counter = 0;

  constructor(origin: string, id = randomBytes(16).toString("base64url")) {
    this.#origin = origin;
    this.id = id;
    this.#key = generateKeyPairSync("ec", { namedCurve: "P-256" });
  }

  make(options: PublicKeyCredentialCreationOptionsJSON, odd: Oddity = {}) {
    this.userHandle = options.user.id;
    const id = Buffer.from(this.id, "base64url");
    const length = Buffer.from([id.length >> 8, id.length & 0xff]);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, this.#cosePublicKey()]);
    const authData = Buffer.concat([this.#head(options.rp.id ?? "", odd, HAS_KEY), attested]);
    const { fmt, attStmt } = odd.statement ?? { fmt: "none", attStmt: Buffer.from([0xa0]) };
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      cborText("fmt"),
      cborText(fmt),
      cborText("attStmt"),
      attStmt,
      cborText("authData"),
      cborBytes(authData),
    ]).toString("base64url");
    const clientDataJSON = this.#clientData("webauthn.create", options.challenge, odd);
    return {
      ...this.#credential(),
      response: { clientDataJSON, attestationObject, transports: ["internal" as const] },
    };
  }

  sign(options: PublicKeyCredentialRequestOptionsJSON, odd: Oddity = {}) {
    this.counter++;
    const authData = this.#head(options.rpId ?? "", odd, 0);
    const clientDataJSON = this.#clientData("webauthn.get", options.challenge, odd);
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, "base64url"))]);
    return {
      ...this.#credential(),
      response: {
        clientDataJSON,
        authenticatorData: authData.toString("base64url"),
        signature: sign("sha256", signed, this.#key.privateKey).toString("base64url"),
        ...(this.userHandle === undefined ? {} : { userHandle: this.userHandle }),
      },
    };
  }

  #credential() {
    return { id: this.id, rawId: this.id, type: "public-key" as const, clientExtensionResults: {} };
  }

  #clientData(type: string, challenge: string, odd: Oddity): string {
    const data = { type, challenge, origin: this.#origin, crossOrigin: false, ...pick(odd) };
    return Buffer.from(JSON.stringify(data)).toString("base64url");
  }

  #head(rpId: string, odd: Oddity, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(odd.counter ?? this.counter);
    const held = PRESENT | (odd.isVerified === false ? 0 : VERIFIED) | flags;
    return Buffer.concat([sha256(Buffer.from(odd.rpId ?? rpId)), Buffer.from([held]), counter]);
  }

  /** RFC 9053 §7.1.1: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y. */
  #cosePublicKey(): Buffer {
    const { x = "", y = "" } = this.#key.publicKey.export({ format: "jwk" });
    const point = [hex("215820"), Buffer.from(x, "base64url"), hex("225820"), Buffer.from(y, "base64url")];
    return Buffer.concat([hex("a5010203262001"), ...point]);
  }
}

const pick = ({ origin, challenge, type }: Oddity) =>
  Object.fromEntries(Object.entries({ origin, challenge, type }).filter(([, value]) => value !== undefined));

const hex = (digits: string) => Buffer.from(digits, "hex");

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Up to 23 bytes. */
const cborText = (text: string) => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);

const cborBytes = (bytes: Buffer) =>
  Buffer.concat([Buffer.from([0x59, bytes.length >> 8, bytes.length & 0xff]), bytes]);
