import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CipherChannel, MAX_PLAINTEXT_BYTES, REKEY_AFTER_MESSAGES } from "./cipher-channel.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type ExpectedServer, NoiseInitiator, NoiseResponder, SECOND_MESSAGE_BYTES } from "./noise-nx.ts";
import { keyPairOf } from "./x25519.ts";

const SERVER = keyPairOf(randomBytes(32));
const IMPOSTOR = keyPairOf(randomBytes(32));

describe("a handshake", () => {
  test.each([
    ["fingerprint", { fingerprint: fingerprintOf(SERVER.publicKey) }],
    ["key", { publicKey: SERVER.publicKey }],
  ] satisfies [string, ExpectedServer][])(
    "with a server known by its %s ends in one channel, seen from both sides",
    (_, expected) => {
      const { client, server, serverKey } = handshake(expected);
      expect(serverKey).toEqual(SERVER.publicKey);
      expect(client.handshakeHash).toEqual(server.handshakeHash);
      expect(client.handshakeHash).toHaveLength(32);
      expect(server.open(client.seal(Buffer.from("up")))).toEqual({ ok: true, value: bytes("up") });
      expect(client.open(server.seal(Buffer.from("down")))).toEqual({ ok: true, value: bytes("down") });
    },
  );

  test("is different every time", () => {
    const first = handshake();
    const second = handshake();
    expect(first.client.handshakeHash).not.toEqual(second.client.handshakeHash);
    expect(second.server.open(first.client.seal(bytes("up"))).ok).toBe(false);
  });

  // The man in the middle completes it with a key of his own, and that is where he is found out.
  test.each([
    ["fingerprint", { fingerprint: fingerprintOf(SERVER.publicKey) }],
    ["key", { publicKey: SERVER.publicKey }],
    ["half a fingerprint", { fingerprint: fingerprintOf(IMPOSTOR.publicKey).subarray(0, 8) }],
  ] satisfies [string, ExpectedServer][])(
    "with another server than the one known by its %s fails as that",
    (_, expected) => {
      const initiator = new NoiseInitiator({ expected });
      const responded = new NoiseResponder(IMPOSTOR).onMessage(initiator.start());
      expect(responded.ok && initiator.onMessage(responded.value.reply)).toEqual({
        ok: false,
        error: "wrong-server-key",
      });
    },
  );

  // Whoever shows the right public key but has not its private half.
  test("with a server that shows a key it does not hold fails", () => {
    const initiator = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
    const pretender = new NoiseResponder({ privateKey: IMPOSTOR.privateKey, publicKey: SERVER.publicKey });
    const responded = pretender.onMessage(initiator.start());
    expect(responded.ok && initiator.onMessage(responded.value.reply)).toEqual({ ok: false, error: "bad-handshake" });
  });

  test("fails when any byte of either message was changed on the way", () => {
    for (let index = 0; index < 32 + SECOND_MESSAGE_BYTES; index++) {
      const initiator = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
      const first = Uint8Array.from(initiator.start());
      if (index < 32) first[index]! ^= 0x01;
      const responded = new NoiseResponder(SERVER).onMessage(first);
      if (!responded.ok) continue;
      const second = Uint8Array.from(responded.value.reply);
      if (index >= 32) second[index - 32]! ^= 0x01;
      expect(initiator.onMessage(second), `byte ${index}`).toEqual({ ok: false, error: "bad-handshake" });
    }
  });

  test("fails for messages of any other length, without throwing", () => {
    for (let length = 0; length <= SECOND_MESSAGE_BYTES + 1; length++) {
      const message = randomBytes(length);
      if (length !== 32) expect(new NoiseResponder(SERVER).onMessage(message).ok, `first, ${length} bytes`).toBe(false);
      const initiator = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
      expect(initiator.onMessage(message).ok, `second, ${length} bytes`).toBe(false);
    }
  });

  test("fails for a second message from an earlier handshake", () => {
    const earlier = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
    const responded = new NoiseResponder(SERVER).onMessage(earlier.start());
    const later = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
    expect(responded.ok && later.onMessage(responded.value.reply)).toEqual({ ok: false, error: "bad-handshake" });
  });

  test("happens once", () => {
    const initiator = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
    const responder = new NoiseResponder(SERVER);
    const responded = responder.onMessage(initiator.start());
    if (!responded.ok) throw new Error(responded.error);
    expect(responder.onMessage(initiator.start())).toEqual({ ok: false, error: "bad-handshake" });
    expect(initiator.onMessage(responded.value.reply).ok).toBe(true);
    expect(initiator.onMessage(responded.value.reply)).toEqual({ ok: false, error: "bad-handshake" });
  });

  // RFC 7748 §6.1: these points make every secret zero, which is to say known.
  test.each([
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    `ecff${"ff".repeat(29)}7f`,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  ])("fails for an ephemeral key of small order: %s", (hex) => {
    expect(new NoiseResponder(SERVER).onMessage(Buffer.from(hex, "hex"))).toEqual({
      ok: false,
      error: "bad-handshake",
    });
    const initiator = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey } });
    expect(initiator.onMessage(Buffer.concat([Buffer.from(hex, "hex")], SECOND_MESSAGE_BYTES)).ok).toBe(false);
  });

  test("for another purpose does not fit", () => {
    const initiator = new NoiseInitiator({ expected: { publicKey: SERVER.publicKey }, prologue: "pinhole/control/2" });
    const responded = new NoiseResponder(SERVER).onMessage(initiator.start());
    expect(responded.ok && initiator.onMessage(responded.value.reply)).toEqual({ ok: false, error: "bad-handshake" });
  });
});

describe("a channel", () => {
  test("carries any message, of any length that Noise allows, in both directions", () => {
    const { client, server } = handshake();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (plaintext, isUp) => {
        const [from, to] = isUp ? [client, server] : [server, client];
        const sealed = from.seal(plaintext);
        expect(sealed).toHaveLength(plaintext.length + 16);
        expect(to.open(sealed)).toEqual({ ok: true, value: plaintext });
      }),
    );
    const largest = randomBytes(MAX_PLAINTEXT_BYTES);
    const opened = server.open(client.seal(largest));
    expect(opened.ok && largest.equals(opened.value)).toBe(true);
    expect(() => client.seal(new Uint8Array(MAX_PLAINTEXT_BYTES + 1))).toThrow(RangeError);
  });

  test("opens nothing of which any byte was changed, or cut off", () => {
    const length = bytes("attack at dawn").length + 16;
    for (let index = 0; index < length; index++) {
      const { client, server } = handshake();
      const sealed = client.seal(bytes("attack at dawn"));
      const changed = Uint8Array.from(sealed);
      changed[index]! ^= 0x80;
      expect(server.open(changed), `byte ${index}`).toEqual({ ok: false, error: "bad-message" });
    }
    for (let kept = 0; kept < length; kept++) {
      const { client, server } = handshake();
      const sealed = client.seal(bytes("attack at dawn"));
      expect(server.open(sealed.subarray(0, kept)), `${kept} bytes`).toEqual({ ok: false, error: "bad-message" });
    }
  });

  test.each([
    ["a message twice", ([first]: Uint8Array[]) => [first!, first!]],
    ["two messages in the other order", ([first, second]: Uint8Array[]) => [second!, first!]],
    ["a message after one that is missing", ([, second]: Uint8Array[]) => [second!]],
  ])("does not open %s, and is over", (_, arrive) => {
    const { client, server } = handshake();
    const sent = [client.seal(bytes("first")), client.seal(bytes("second"))];
    const outcomes = arrive(sent).map((sealed) => server.open(sealed).ok);
    expect(outcomes.at(-1)).toBe(false);
    expect(server.open(client.seal(bytes("third"))).ok).toBe(false);
  });

  test("does not open its own messages, sent back", () => {
    const { client } = handshake();
    expect(client.open(client.seal(bytes("echo"))).ok).toBe(false);
  });

  test("takes fresh keys after a fixed number of messages, and goes on", () => {
    const { client, server } = handshake();
    const count = Number(REKEY_AFTER_MESSAGES) + 2;
    let opened = 0;
    for (let index = 0; index < count; index++) {
      const message = server.open(client.seal(Uint8Array.of(index & 0xff)));
      if (message.ok && message.value[0] === (index & 0xff)) opened++;
    }
    expect(opened).toBe(count);
    expect(client.open(server.seal(bytes("the other direction is elsewhere"))).ok).toBe(true);
  });
});

function handshake(expected: ExpectedServer = { publicKey: SERVER.publicKey }): {
  client: CipherChannel;
  server: CipherChannel;
  serverKey: Uint8Array;
} {
  const initiator = new NoiseInitiator({ expected });
  const responded = new NoiseResponder(SERVER).onMessage(initiator.start());
  if (!responded.ok) throw new Error(responded.error);
  const established = initiator.onMessage(responded.value.reply);
  if (!established.ok) throw new Error(established.error);
  return { client: established.value.channel, server: responded.value.channel, serverKey: established.value.serverKey };
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}
