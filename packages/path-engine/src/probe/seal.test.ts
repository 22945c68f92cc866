import { decodeEnvelope, encodePing } from "@pinhole/protocol/probe";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveProbeKey } from "./probe-key.ts";
import { openProbe, sealProbe } from "./seal.ts";
import { importPrivateKey, sharedSecret } from "./x25519.ts";

// The public keys and the shared secret of RFC 7748 §6.1; what follows from them was computed by another
// implementation of RFC 5869 and RFC 8439.
const sender = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
const receiver = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
const secret = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
const receiverEpoch = Uint8Array.from({ length: 16 }, (_, at) => at);
const derived = deriveProbeKey({ secret, receiverEpoch, sender, receiver });
const counter = (7n << 32n) + 5n;
const ping = encodePing({ txId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
const DATAGRAM =
  "04000000eb7a39fc0500000007000000" +
  "2696a30cee312c752ee87e435a44baaa8387cde3808ed2085397aa1baaedfe63" +
  "7b21e082046aa17a682ecaa1f1197c6f";

describe("the key of a direction", () => {
  test("follows from secret, epoch and both node keys as documented", () => {
    expect(Buffer.from(derived.key).toString("hex")).toBe(
      "3f21d28bb6cea6d18d13a40abe02609d9800011532619706abe9a68cac7c5882",
    );
    expect(derived.index).toBe(0xfc39_7aeb);
  });

  test("is another one for the way back and for another epoch", () => {
    const back = deriveProbeKey({ secret, receiverEpoch, sender: receiver, receiver: sender });
    const later = deriveProbeKey({ secret, receiverEpoch: receiverEpoch.toReversed(), sender, receiver });
    expect(new Set([derived, back, later].map(({ key }) => Buffer.from(key).toString("hex")))).toHaveProperty(
      "size",
      3,
    );
  });

  test("has no secret to come from when the public key is of low order", () => {
    const own = importPrivateKey(new Uint8Array(32).fill(7));
    expect(sharedSecret(own, new Uint8Array(32))).toBeUndefined();
    expect(sharedSecret(own, receiver)).toHaveLength(32);
  });
});

describe("a sealed probe", () => {
  test("is these bytes", () => {
    expect(Buffer.from(sealProbe(derived, counter, ping)).toString("hex")).toBe(DATAGRAM);
  });

  test("opens with its key alone", () => {
    expect(open(hex(DATAGRAM))).toEqual(Buffer.from(ping));
    expect(open(hex(DATAGRAM), new Uint8Array(32))).toBeUndefined();
  });

  test("does not open with any bit flipped", () => {
    const length = DATAGRAM.length / 2;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const bytes = hex(DATAGRAM);
        bytes[at]! ^= 1 << bit;
        // The index chooses the key and is not sealed: with the same key it would open, with another it does not.
        if (at >= 4 && at < 8) return;
        expect(open(bytes)).toBeUndefined();
      }),
    );
  });
});

function open(datagram: Uint8Array, key = derived.key): Uint8Array | undefined {
  const envelope = decodeEnvelope(datagram);
  return envelope.ok ? openProbe(key, envelope.value) : undefined;
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
