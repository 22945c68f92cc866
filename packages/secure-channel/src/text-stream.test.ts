import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CipherChannel, MAX_MESSAGE_BYTES, MAX_PLAINTEXT_BYTES } from "./cipher-channel.ts";
import { NoiseInitiator, NoiseResponder } from "./noise-nx.ts";
import { TextStream } from "./text-stream.ts";
import { keyPairOf } from "./x25519.ts";

const LIMIT = 256 * 1024;

describe("a text", () => {
  test("of any length and any characters arrives as it was sent", () => {
    const { from, to } = streams();
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect(deliver(from, to, text)).toBe(text);
      }),
    );
    for (const length of [
      0,
      1,
      MAX_PLAINTEXT_BYTES - 2,
      MAX_PLAINTEXT_BYTES - 1,
      MAX_PLAINTEXT_BYTES,
      2 * MAX_PLAINTEXT_BYTES,
      LIMIT,
    ]) {
      const text = "x".repeat(length);
      expect(deliver(from, to, text) === text, `${length} bytes`).toBe(true);
    }
  });

  test("may be cut in the middle of a character", () => {
    const { from, to } = streams();
    const text = `${"x".repeat(MAX_PLAINTEXT_BYTES - 3)}€🙂`;
    expect(deliver(from, to, text) === text).toBe(true);
  });

  test("keeps a byte order mark: it is the sender's", () => {
    const { from, to } = streams();
    expect(deliver(from, to, "\ufeffx")).toBe("\ufeffx");
  });

  test("goes in frames that Noise allows, and no more of them than it needs", () => {
    const frames = streams().from.seal("x".repeat(LIMIT));
    expect(frames.map(({ length }) => length).every((length) => length <= MAX_MESSAGE_BYTES)).toBe(true);
    expect(frames).toHaveLength(5);
  });
});

describe("a stream is over", () => {
  test("when a text is longer than the limit, as soon as it is", () => {
    const { from, to } = streams();
    const outcomes = from.seal("x".repeat(LIMIT + 1)).map((frame) => to.open(frame));
    expect(outcomes.at(-1)).toEqual({ ok: false, error: "too-large" });
  });

  test("when fragments never end", () => {
    const { channel, to } = streams();
    const fragment = new Uint8Array(MAX_PLAINTEXT_BYTES).fill(1);
    const outcomes = Array.from({ length: 6 }, () => to.open(channel.seal(fragment)));
    expect(outcomes.slice(0, 4).every(({ ok }) => ok)).toBe(true);
    expect(outcomes[4]).toEqual({ ok: false, error: "too-large" });
  });

  test.each([
    ["an empty message", []],
    ["an unknown flag", [2, 0x41]],
    // Otherwise a million of them would cost a million decryptions and no memory, which the limit counts.
    ["a small fragment that is not the last", [1, 0x41]],
    ["bytes that are not UTF-8", [0, 0xff]],
    ["half a surrogate pair", [0, 0xed, 0xa0, 0x80]],
  ])("at %s", (_, bytes) => {
    const { channel, to } = streams();
    expect(to.open(channel.seal(Uint8Array.from(bytes)))).toEqual({ ok: false, error: "bad-message" });
  });
});

function streams(): { from: TextStream; to: TextStream; channel: CipherChannel } {
  const server = keyPairOf(randomBytes(32));
  const initiator = new NoiseInitiator({ expected: { publicKey: server.publicKey } });
  const responded = new NoiseResponder(server).onMessage(initiator.start());
  const established = responded.ok ? initiator.onMessage(responded.value.reply) : undefined;
  if (!responded.ok || established?.ok !== true) throw new Error("the handshake failed");
  const { channel } = established.value;
  return {
    channel,
    from: new TextStream(channel, { maxMessageBytes: LIMIT }),
    to: new TextStream(responded.value.channel, { maxMessageBytes: LIMIT }),
  };
}

function deliver(from: TextStream, to: TextStream, text: string): string | undefined {
  const outcomes = from.seal(text).map((frame) => to.open(frame));
  const last = outcomes.at(-1);
  if (outcomes.slice(0, -1).some((outcome) => !outcome.ok || outcome.value !== undefined))
    throw new Error("came too early");
  return last?.ok === true ? last.value : undefined;
}
