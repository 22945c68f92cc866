/**
 * ChaCha20-Poly1305 (RFC 8439) put together from the two functions inside OpenSSL that do the work. What OpenSSL does
 * around them for a packet takes as long as they do, since it is made for any cipher.
 *
 *     Poly1305's key = ChaCha20(zeros, block 0) | sealed = ChaCha20(packet, block 1 on) | tag = Poly1305(sealed, padding, lengths)
 *
 * OpenSSL does not promise these functions to anybody: Node's own executable has them, a system's library has not.
 */
import type { Aead, Counter, Opener, Sealer } from "@pinhole/wireguard";
import { BLOCK_BYTES, ChaCha20, CipherKey } from "./chacha20.ts";
import type { Native } from "./native.ts";
import { demandAddress, type Pinned, pin } from "./native-memory.ts";
import { OnePass } from "./one-pass.ts";
import { Poly1305 } from "./poly1305.ts";

const TAG_BYTES = 16;
/** Of Poly1305; what is authenticated is padded to whole ones. */
const WORD_BYTES = 16;

/** For bytes in memory of `allocate` alone, with lengths that were checked. @throws where OpenSSL does not show the functions. */
export function newPrimitiveAead(native: Native): Aead {
  const [cipher, authenticator] = [new ChaCha20(native), new Poly1305(native)];
  const anywhere = new Anywhere(native, cipher, authenticator);
  const onePass = new OnePass(cipher, authenticator);
  const newEnd = (key: Uint8Array): End => new End({ cipher, authenticator, anywhere, onePass }, key);
  return { newSealer: newEnd, newOpener: newEnd };
}

type Ways = {
  readonly cipher: ChaCha20;
  readonly authenticator: Poly1305;
  readonly anywhere: Anywhere;
  readonly onePass: OnePass;
};

/** Of one session, either direction. A class: code that was compiled for one session is right for the next. */
class End implements Sealer, Opener {
  readonly #cipher: ChaCha20;
  readonly #authenticator: Poly1305;
  readonly #anywhere: Anywhere;
  readonly #onePass: OnePass;
  readonly #key: CipherKey;

  constructor({ cipher, authenticator, anywhere, onePass }: Ways, key: Uint8Array) {
    this.#cipher = cipher;
    this.#authenticator = authenticator;
    this.#anywhere = anywhere;
    this.#onePass = onePass;
    this.#key = new CipherKey(key);
  }

  seal(counter: Counter, bytes: Uint8Array, from: number, to: number): void {
    this.#cipher.use(this.#key, counter);
    if (!this.#onePass.seal(bytes, from, to)) this.#anywhere.seal(bytes, from, to);
  }

  open(counter: Counter, bytes: Uint8Array, from: number, to: number): Uint8Array | undefined {
    this.#cipher.use(this.#key, counter);
    const opened = this.#onePass.open(bytes, from, to);
    if (opened === "elsewhere") return this.#anywhere.open(bytes, from, to) ? bytes : undefined;
    return opened === "forged" ? undefined : opened;
  }

  destroy(): void {
    this.#cipher.destroy(this.#key);
    this.#authenticator.wipe();
  }
}

/** Of any length, with a call more for the authenticator's key. */
class Anywhere {
  readonly #cipher: ChaCha20;
  readonly #authenticator: Poly1305;
  readonly #zeros: Pinned;
  readonly #firstBlock: Pinned;
  readonly #tag: Pinned;
  readonly #padding: Pinned;
  readonly #received = new Uint8Array(TAG_BYTES);

  constructor(native: Native, cipher: ChaCha20, authenticator: Poly1305) {
    this.#cipher = cipher;
    this.#authenticator = authenticator;
    this.#zeros = pin(native, BLOCK_BYTES);
    this.#firstBlock = pin(native, BLOCK_BYTES);
    this.#tag = pin(native, TAG_BYTES);
    this.#padding = pin(native, WORD_BYTES);
  }

  seal(bytes: Uint8Array, from: number, to: number): void {
    const address = demandAddress(bytes) + from;
    const length = to - from;
    this.#begin();
    if (length > 0) this.#cipher.apply(address, address, length, 1);
    this.#authenticate(bytes, address, length, to);
    this.#authenticator.finish(address + length);
  }

  open(bytes: Uint8Array, from: number, to: number): boolean {
    const address = demandAddress(bytes) + from;
    const length = to - from;
    const received = this.#received;
    for (let at = 0; at < TAG_BYTES; at++) received[at] = bytes[to + at] ?? 0;
    this.#begin();
    this.#authenticate(bytes, address, length, to);
    this.#authenticator.finish(this.#tag.address);
    for (let at = 0; at < TAG_BYTES; at++) bytes[to + at] = received[at] ?? 0;
    // As long for a tag that is wrong at its beginning as for one that is wrong at its end.
    const tag = this.#tag.bytes;
    let difference = 0;
    for (let at = 0; at < TAG_BYTES; at++) difference |= (tag[at] ?? 0) ^ (received[at] ?? 0);
    if (difference !== 0) return false;
    if (length > 0) this.#cipher.apply(address, address, length, 1);
    return true;
  }

  #begin(): void {
    const { address: block } = this.#firstBlock;
    this.#cipher.apply(block, this.#zeros.address, BLOCK_BYTES, 0);
    this.#authenticator.begin(block);
  }

  /** Puts the lengths where the tag lies, so that they are read in one go with what is before them. */
  #authenticate(bytes: Uint8Array, address: number, length: number, to: number): void {
    for (let at = 0; at < TAG_BYTES; at++) bytes[to + at] = 0;
    bytes[to + 8] = length;
    bytes[to + 9] = length >>> 8;
    const beyond = length % WORD_BYTES;
    if (beyond === 0) {
      this.#authenticator.add(address, length + TAG_BYTES);
      return;
    }
    this.#authenticator.add(address, length);
    this.#authenticator.add(this.#padding.address, WORD_BYTES - beyond);
    this.#authenticator.add(address + length, TAG_BYTES);
  }
}
