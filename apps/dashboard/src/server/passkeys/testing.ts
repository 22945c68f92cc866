/**
 * An authenticator in software: ES256 keys, and the few bytes of CBOR that go around them, written out. It does as it is
 * told, also what no real one does.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";

const [PRESENT, VERIFIED, HAS_KEY] = [0x01, 0x04, 0x40];

/** Who vouches for the authenticator: itself, or somebody with a certificate. */
type Statement = "self" | "certificate";

/** What is other than a browser and an authenticator of this site would have it. */
export type Oddity = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly isVerified?: boolean;
  readonly counter?: number;
  readonly type?: string;
  /** In place of none. */
  readonly statement?: Statement;
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
    const clientDataJSON = this.#clientData("webauthn.create", options.challenge, odd);
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, "base64url"))]);
    const { fmt, attStmt } = this.#vouch(odd.statement, signed);
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      cborText("fmt"),
      cborText(fmt),
      cborText("attStmt"),
      attStmt,
      cborText("authData"),
      cborBytes(authData),
    ]).toString("base64url");
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

  /** WebAuthn Level 3, §8.2 and §8.7. */
  #vouch(statement: Statement | undefined, signed: Buffer) {
    if (statement === undefined) return { fmt: "none", attStmt: hex("a0") };
    const isSelf = statement === "self";
    const signature = sign("sha256", signed, isSelf ? this.#key.privateKey : createPrivateKey(VOUCHER.key));
    const begun = [hex(isSelf ? "a2" : "a3"), cborText("alg"), hex("26"), cborText("sig"), cborBytes(signature)];
    const x5c = isSelf ? [] : [cborText("x5c"), hex("81"), cborBytes(VOUCHER.certificate)];
    return { fmt: "packed", attStmt: Buffer.concat([...begun, ...x5c]) };
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

/** Of nobody: a certificate as makers of authenticators have it, good for a hundred years, that anybody could make. */
const VOUCHER = {
  key: {
    format: "jwk" as const,
    key: {
      kty: "EC",
      crv: "P-256",
      x: "Dobliakw4CXFKFxLQ5k5m3lTtohaiLO4RgoHPm0Er0M",
      y: "igpoG0nrOBHmEiEyj84NIfuq6cs1ISWUdxNr3Z5339I",
      d: "hfD1yQcck329WEYCdhaUD9AFLsKmIdmHDBtwSKKxYYU",
    },
  },
  certificate: Buffer.from(
    [
      "MIIB1DCCAXqgAwIBAgIBATAKBggqhkjOPQQDAjBaMQswCQYDVQQGEwJBQTEQMA4GA1UECgwHQW55Ym9keTEiMCAGA1UECwwZQXV0aGVudGljYX",
      "RvciBBdHRlc3RhdGlvbjEVMBMGA1UEAwwMTWFkZSBhdCBob21lMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjBaMQswCQYDVQQG",
      "EwJBQTEQMA4GA1UECgwHQW55Ym9keTEiMCAGA1UECwwZQXV0aGVudGljYXRvciBBdHRlc3RhdGlvbjEVMBMGA1UEAwwMTWFkZSBhdCBob21lMF",
      "kwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDobliakw4CXFKFxLQ5k5m3lTtohaiLO4RgoHPm0Er0OKCmgbSes4EeYSITKPzg0h+6rpyzUhJZR3",
      "E2vdnnff0qMvMC0wDAYDVR0TAQH/BAIwADAdBgNVHQ4EFgQUlXDQ9o+2iCB2CUlx+7bVhiCjzZgwCgYIKoZIzj0EAwIDSAAwRQIgd87PDF62Ag",
      "FWL8mt6+BNaz3L3PvjBD8qufs4RFjv+3wCIQDfnE2jBFxccY0sm4GwO4oLE14hlbH0kmNHbgonkNf2Hg==",
    ].join(""),
    "base64",
  ),
};

const hex = (digits: string) => Buffer.from(digits, "hex");

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Up to 23 bytes. */
const cborText = (text: string) => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);

const cborBytes = (bytes: Buffer) =>
  Buffer.concat([Buffer.from([0x59, bytes.length >> 8, bytes.length & 0xff]), bytes]);
