/**
 * Text messages of any length over a {@link CipherChannel}, whose own messages are bounded.
 *
 * Each text is cut into fragments, each sealed into one binary frame:
 *
 *     offset 0      1
 *            +------+----------------------+
 *            | flag | UTF-8, a piece of it |      flag 0x00: the text ends here
 *            +------+----------------------+           0x01: more follows
 *
 * Every fragment but the last is full. That leaves one way to cut a text, and bounds how many frames a
 * sender can spend on a message that never ends.
 */
import { err, ok, type Result } from "@pinhole/protocol";
import { type CipherChannel, MAX_PLAINTEXT_BYTES } from "./cipher-channel.ts";

const LAST = 0x00;
const MORE = 0x01;

const FRAGMENT_BYTES = MAX_PLAINTEXT_BYTES - 1;

export class TextStream {
  /** Of what comes in; may change between messages. */
  maxMessageBytes: number;
  readonly #channel: CipherChannel;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #fragments: Uint8Array[] = [];
  #assembledBytes = 0;

  constructor(channel: CipherChannel, { maxMessageBytes }: { maxMessageBytes: number }) {
    this.#channel = channel;
    this.maxMessageBytes = maxMessageBytes;
  }

  get handshakeHash(): Uint8Array {
    return this.#channel.handshakeHash;
  }

  /** The frames to send, in order. */
  seal(text: string): readonly Uint8Array[] {
    const bytes = Buffer.from(text, "utf8");
    const frames: Uint8Array[] = [];
    let offset = 0;
    do {
      const piece = bytes.subarray(offset, offset + FRAGMENT_BYTES);
      offset += piece.length;
      const flag = offset < bytes.length ? MORE : LAST;
      frames.push(this.#channel.seal(Buffer.concat([Uint8Array.of(flag), piece])));
    } while (offset < bytes.length);
    return frames;
  }

  /** The text that a frame completes; undefined while more is to come. After an error the stream is over. */
  open(frame: Uint8Array): Result<string | undefined, "bad-message" | "too-large"> {
    const opened = this.#channel.open(frame);
    if (!opened.ok) return opened;
    const flag = opened.value[0];
    const piece = opened.value.subarray(1);
    if (flag !== LAST && flag !== MORE) return err("bad-message");
    if (flag === MORE && piece.length !== FRAGMENT_BYTES) return err("bad-message");

    this.#assembledBytes += piece.length;
    if (this.#assembledBytes > this.maxMessageBytes) return err("too-large");
    this.#fragments.push(piece);
    return flag === MORE ? ok(undefined) : this.#assemble();
  }

  #assemble(): Result<string, "bad-message"> {
    const whole = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#assembledBytes = 0;
    try {
      return ok(this.#decoder.decode(whole));
    } catch {
      return err("bad-message");
    }
  }
}
