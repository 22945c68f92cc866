// The vectors that flynn/noise publishes for Noise_NX_25519_ChaChaPoly_SHA256, those with empty handshake payloads.
import { describe, expect, test } from "vitest";
import { NoiseInitiator, NoiseResponder } from "./noise-nx.ts";
import { keyPairOf } from "./x25519.ts";

const RESPONDER_STATIC = hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
const INITIATOR_EPHEMERAL = hex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");
const RESPONDER_EPHEMERAL = hex("4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60");

const FIRST = "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254";
const SECOND_WITHOUT_PAYLOAD_TAG =
  "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466" +
  "86b5f4e8c51a605bcb276206a6df60ae938b905adaf29a2dae4a4951bbd9ac64";

describe("the published vectors", () => {
  test.each([
    {
      prologue: "",
      second: `${SECOND_WITHOUT_PAYLOAD_TAG}830ab64f2329646560b930979ff52da8dda7c0677c502dba13c078b5afd1bf11`,
    },
    {
      prologue: "notsecret",
      second: `${SECOND_WITHOUT_PAYLOAD_TAG}609b51f99bea30ec0bbedbd1007843d83c9763a959b00ab5cab5ba49eafb3e2e`,
    },
  ])("with prologue $prologue", ({ prologue, second }) => {
    const server = keyPairOf(RESPONDER_STATIC);
    const responder = new NoiseResponder({ ...server, prologue, randomBytes: () => RESPONDER_EPHEMERAL });
    const initiator = new NoiseInitiator({
      expected: { publicKey: server.publicKey },
      prologue,
      randomBytes: () => INITIATOR_EPHEMERAL,
    });

    const first = initiator.start();
    expect(toHex(first)).toBe(FIRST);
    const responded = responder.onMessage(first);
    if (!responded.ok) throw new Error(responded.error);
    expect(toHex(responded.value.reply)).toBe(second);
    const established = initiator.onMessage(responded.value.reply);
    if (!established.ok) throw new Error(established.error);

    const fromInitiator = established.value.channel.seal(Buffer.from("yellowsubmarine"));
    expect(toHex(fromInitiator)).toBe("92613cda6ccb2936449efb8ff870b5a4536f5734a4e31056d38101230762e8");
    const fromResponder = responded.value.channel.seal(Buffer.from("submarineyellow"));
    expect(toHex(fromResponder)).toBe("ed89355072429afe6c3442ba7af66f6647499291bab58d40f6a392e79ff80a");
  });
});

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
