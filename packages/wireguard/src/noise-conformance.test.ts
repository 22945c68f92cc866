/** The published vector proves the reference, and the reference proves ours, whatever the keys. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newInitiation, newResponse, readInitiation, readResponse } from "./noise.ts";
import { CipherState } from "./reference-noise/cipher-state.ts";
import { type HandshakeOptions, HandshakeState } from "./reference-noise/handshake-state.ts";
import { fromHex, newIdentity, newRemote, toHex } from "./testing.ts";
import { publicKeyOf } from "./x25519.ts";

const HANDSHAKES = 100;
/** What WireGuard's paper has both sides begin with. */
const WIREGUARD_PROLOGUE = Buffer.from("WireGuard v1 zx2c4 Jason@zx2c4.com");
const EMPTY = new Uint8Array(0);

/** Of the vectors that cacophony publishes, and others test themselves by, the one of this protocol. */
const VECTOR = {
  prologue: "4a6f686e2047616c74",
  presharedKey: "54686973206973206d7920417573747269616e20706572737065637469766521",
  initiator: [
    "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
  ],
  responder: [
    "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
  ],
  responderKey: "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
  handshake: [
    [
      "4c756477696720766f6e204d69736573",
      "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944" +
        "001e21de9f98ddd8e2ad57527207feb56253c9c94a9e496782ecfcb2a75fbcaf1b52948cc48daefe660c62119ab50009" +
        "80c84831215f2441eba616548e832985464cf17e51ee93109008399a21f7e13f",
    ],
    [
      "4d757272617920526f746862617264",
      "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843" +
        "cb765f2caef0751b8f007572dab0322217755c0632f365717edbf34d33e87a",
    ],
  ],
  /** The initiator's and the responder's in turn. */
  messages: [
    ["462e20412e20486179656b", "8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7"],
    ["4361726c204d656e676572", "07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef"],
    ["4a65616e2d426170746973746520536179", "6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d"],
    [
      "457567656e2042f6686d20766f6e2042617765726b",
      "dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80ebc7a4c292",
    ],
  ],
} as const;

test("the reference makes and reads every message of the published vector", () => {
  const common = {
    prologue: fromHex(VECTOR.prologue),
    responderKey: fromHex(VECTOR.responderKey),
    presharedKey: fromHex(VECTOR.presharedKey),
  };
  const initiator = newReference("initiator", { ...common, keys: VECTOR.initiator.map(fromHex) });
  const responder = newReference("responder", { ...common, keys: VECTOR.responder.map(fromHex) });
  const [initiation, response] = VECTOR.handshake;
  expect(toHex(initiator.write(fromHex(initiation[0])))).toBe(initiation[1]);
  expect(toHex(responder.read(fromHex(initiation[1])))).toBe(initiation[0]);
  expect(toHex(responder.write(fromHex(response[0])))).toBe(response[1]);
  expect(toHex(initiator.read(fromHex(response[1])))).toBe(response[0]);
  expect(initiator.split()).toEqual(responder.split());
  const ciphers = initiator.split().map((key) => new CipherState(key));
  for (const [at, [payload, message]] of VECTOR.messages.entries()) {
    expect(toHex(ciphers[at % 2]!.seal(fromHex(payload)))).toBe(message);
  }
});

describe("our handshake", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const presharedKey = fc.oneof(key, fc.constant(new Uint8Array(32)));

  test("is the reference's, to the last byte and key", () => {
    const timestamp = fc.uint8Array({ minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.tuple(key, key, key, key), presharedKey, timestamp, (keys, psk, stamp) => {
        expect(ours(keys, psk, stamp)).toEqual(theirs(keys, psk, stamp));
      }),
      { numRuns: HANDSHAKES },
    );
  });
});

/** Private: the initiator's static and ephemeral key, then the responder's. */
type Keys = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

function ours([is, ie, rs, re]: Keys, presharedKey: Uint8Array, timestamp: Uint8Array) {
  const [initiator, responder] = [newIdentity(is), newIdentity(rs)];
  const toResponder = newRemote(initiator, responder.publicKey, presharedKey);
  const toInitiator = newRemote(responder, initiator.publicKey, presharedKey);
  const made = newInitiation(initiator, toResponder, { ephemeral: Uint8Array.from(ie), sender: 1, timestamp })!;
  const read = readInitiation(responder, made.message, () => ({ remote: toInitiator }));
  if (read.kind !== "read") throw new Error(read.kind);
  const answered = newResponse(toInitiator, read.state, { ephemeral: Uint8Array.from(re), sender: 2 })!;
  const keys = readResponse(initiator, toResponder, { state: made.state, message: answered.message })!;
  const { ephemeral, sealedStatic, sealedTimestamp } = made.message;
  return {
    initiation: toHex(Buffer.concat([ephemeral, sealedStatic, sealedTimestamp])),
    response: toHex(Buffer.concat([answered.message.ephemeral, answered.message.sealedEmpty])),
    initiator: [keys.sending, keys.receiving].map(toHex),
    responder: [answered.keys.receiving, answered.keys.sending].map(toHex),
    timestamp: toHex(read.timestamp),
  };
}

function theirs([is, ie, rs, re]: Keys, presharedKey: Uint8Array, timestamp: Uint8Array) {
  const common = { prologue: WIREGUARD_PROLOGUE, responderKey: publicKeyOf(rs), presharedKey };
  const initiator = newReference("initiator", { ...common, keys: [is, ie] });
  const responder = newReference("responder", { ...common, keys: [rs, re] });
  const initiation = initiator.write(timestamp);
  const read = responder.read(initiation);
  const response = responder.write(EMPTY);
  initiator.read(response);
  return {
    initiation: toHex(initiation),
    response: toHex(response),
    initiator: initiator.split().map(toHex),
    responder: responder.split().map(toHex),
    timestamp: toHex(read),
  };
}

type NewReference = Pick<HandshakeOptions, "prologue" | "responderKey" | "presharedKey"> & {
  readonly keys: readonly Uint8Array[];
};

function newReference(role: HandshakeOptions["role"], { keys, ...common }: NewReference): HandshakeState {
  const [ownStatic, ownEphemeral] = keys as [Uint8Array, Uint8Array];
  return new HandshakeState({ role, ownStatic, ownEphemeral, ...common });
}
