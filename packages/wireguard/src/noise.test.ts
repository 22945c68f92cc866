import { describe, expect, test } from "vitest";
import { CookieGenerator } from "./cookie-generator.ts";
import { decodeHandshakeInitiation, encodeHandshakeInitiation } from "./handshake-initiation.ts";
import { encodeHandshakeResponse } from "./handshake-response.ts";
import { type Identity, newInitiation, newResponse, readInitiation, readResponse } from "./noise.ts";
import { tai64n } from "./tai64n.ts";
import { newIdentity, newRemote, toHex } from "./testing.ts";

const INITIATOR = filled(0x11);
const RESPONDER = filled(0x22);
const PRESHARED = new Uint8Array(32).fill(0x55);

// The very bytes that wireguard-go understands: if one of these has to change, it will not any more.
const INITIATION_HEX = `
  0100000004030201
  7b0d47d93427f8311160781c7c733fd89f88970aef490d8aa0ee19a4cb8a1b14
  81e498317da959fba46669572516a5e6c021bfa620bb6c56ca0082e1feae1498
  8c2c64d024c617734a263f76a008df04
  d0f94bad8ee75ec8e1c26955d72d5dc0a3c87d5e6db7cf66723bf09d
  cbc0595bbe37451384922dda1f532802
  00000000000000000000000000000000`;
const RESPONSE_HEX = `
  020000000f0e0d0c04030201
  ff2ee45601ec1b67310c7790404585ae697331eee1c1f8cf2419731c1fff3e6b
  198e29bc3985289f6641bb77a0f6d7d5
  bc02a71ca7d71ce66f2f2020d0aa81a4
  00000000000000000000000000000000`;

describe("the handshake", () => {
  test("is made of these bytes", () => {
    const { initiation, response } = handshake();
    expect(toHex(initiation)).toBe(INITIATION_HEX.replaceAll(/\s/g, ""));
    expect(toHex(response)).toBe(RESPONSE_HEX.replaceAll(/\s/g, ""));
  });

  test("gives both sides the same two keys, crosswise", () => {
    const { initiatorKeys, responderKeys } = handshake();
    expect(initiatorKeys.sending).toEqual(responderKeys.receiving);
    expect(initiatorKeys.receiving).toEqual(responderKeys.sending);
    expect(initiatorKeys.sending).not.toEqual(initiatorKeys.receiving);
  });

  test("tells the responder who is calling, and nobody else", () => {
    const message = decodeHandshakeInitiation(handshake().initiation);
    const asked: Uint8Array[] = [];
    const read = readInitiation(RESPONDER, message, (key) => void asked.push(key));
    expect(read).toEqual({ kind: "unknown-peer" });
    expect(asked).toEqual([INITIATOR.publicKey]);
    expect(readInitiation(INITIATOR, message, () => undefined)).toEqual({ kind: "undecryptable" });
  });

  // The static key is sent sealed to the responder's, and anybody can do that with somebody else's key.
  test("does not believe an initiator without the private key that belongs to its public one", () => {
    const mallory = { ...filled(0x66), publicKey: INITIATOR.publicKey };
    const made = newInitiation(mallory, newRemote(mallory, RESPONDER.publicKey, PRESHARED), fresh());
    const remote = newRemote(RESPONDER, INITIATOR.publicKey, PRESHARED);
    expect(readInitiation(RESPONDER, made!.message, () => ({ remote }))).toEqual({ kind: "undecryptable" });
  });

  test("reads a response as often as it is asked, and a forged one in between changes nothing", () => {
    const { state, message, remote, initiatorKeys } = handshake();
    const forged = { ...message, sealedEmpty: new Uint8Array(16) };
    expect(readResponse(INITIATOR, remote, { state, message: forged })).toBeUndefined();
    expect(readResponse(INITIATOR, remote, { state, message })).toEqual(initiatorKeys);
  });
});

function handshake() {
  const responder = newRemote(INITIATOR, RESPONDER.publicKey, PRESHARED);
  const made = newInitiation(INITIATOR, responder, fresh())!;
  const initiation = encodeHandshakeInitiation(made.message);
  new CookieGenerator(RESPONDER.publicKey).stamp(initiation, 0);

  const initiator = newRemote(RESPONDER, INITIATOR.publicKey, PRESHARED);
  const read = readInitiation(RESPONDER, made.message, () => ({ remote: initiator }));
  if (read.kind !== "read") throw new Error(read.kind);
  const answer = { ephemeral: new Uint8Array(32).fill(0x44), sender: 0x0c0d0e0f };
  const { message, keys: responderKeys } = newResponse(initiator, read.state, answer)!;
  const response = encodeHandshakeResponse(message);
  new CookieGenerator(INITIATOR.publicKey).stamp(response, 0);

  const initiatorKeys = readResponse(INITIATOR, responder, { state: made.state, message })!;
  return { initiation, response, initiatorKeys, responderKeys, state: made.state, message, remote: responder };
}

function fresh() {
  return { ephemeral: new Uint8Array(32).fill(0x33), sender: 0x01020304, timestamp: tai64n(1_700_000_000_000) };
}

function filled(byte: number): Identity {
  return newIdentity(new Uint8Array(32).fill(byte));
}
