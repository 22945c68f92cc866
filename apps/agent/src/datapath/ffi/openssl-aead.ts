/**
 * ChaCha20-Poly1305 by the OpenSSL that Node brings, with contexts that are kept: making one for
 * each packet, as node:crypto does, costs many times what the cipher itself does.
 *
 * Bytes in memory of {@link allocate} are worked on where they lie; all others are copied there and back.
 * Lengths are checked here, since what is wrong beyond this point is memory corruption.
 */
import { randomBytes } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type Aead, type Counter, nodeAead, type Opener, type Sealer } from "@pinhole/wireguard";
import { MachineWords } from "./machine-words.ts";
import type { Native, NativeMissing } from "./native.ts";
import { addressOf, type Pinned, pin } from "./native-memory.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OSSL_PARAM_OCTET_STRING = 5;
/** `struct ossl_param_st`: key, type, data, size and what it was returned as, a word each. */
const PARAM_WORDS = 5;
/** The longest datagram, for those that are copied. */
const SCRATCH_BYTES = 65_536;

/**
 * Addresses and lengths are numbers throughout; 0 is no address. What says 1 for success and 0 for failure is declared
 * as `bool`, which costs less than a number; whether a tag matches is not.
 */
const DECLARATIONS = {
  newContext: "uintptr_t EVP_CIPHER_CTX_new()",
  freeContext: "void EVP_CIPHER_CTX_free(uintptr_t context)",
  cipher: "uintptr_t EVP_chacha20_poly1305()",
  getParams: "bool EVP_CIPHER_CTX_get_params(uintptr_t context, uintptr_t params)",
  encryptInit:
    "bool EVP_EncryptInit_ex2(uintptr_t context, uintptr_t type, uintptr_t key, uintptr_t iv, uintptr_t params)",
  encryptUpdate:
    "bool EVP_EncryptUpdate(uintptr_t context, uintptr_t out, uintptr_t outLength, uintptr_t in, int length)",
  encryptFinal: "bool EVP_EncryptFinal_ex(uintptr_t context, uintptr_t out, uintptr_t outLength)",
  decryptInit:
    "bool EVP_DecryptInit_ex2(uintptr_t context, uintptr_t type, uintptr_t key, uintptr_t iv, uintptr_t params)",
  decryptUpdate:
    "bool EVP_DecryptUpdate(uintptr_t context, uintptr_t out, uintptr_t outLength, uintptr_t in, int length)",
  decryptFinal: "int EVP_DecryptFinal_ex(uintptr_t context, uintptr_t out, uintptr_t outLength)",
} as const;

type Name = keyof typeof DECLARATIONS;
type NumberName = "newContext" | "cipher" | "decryptFinal";
type Functions = { readonly [name in Name]: (...args: number[]) => name extends NumberName ? number : boolean };

/** Refused where Node's OpenSSL cannot be called, or does something else than node:crypto. */
export function loadOpensslAead(native: Native): Result<Aead, NativeMissing> {
  try {
    const names = Object.entries(DECLARATIONS).map(([name, declaration]) => [name, native.bind(declaration)]);
    const aead = new OpensslAead(native, Object.fromEntries(names) as Functions);
    return agreesWithNode(aead) ? ok(aead) : unsupported("it computes something else than node:crypto");
  } catch (cause) {
    return unsupported(cause instanceof Error ? cause.message : String(cause));
  }
}

function unsupported(why: string): Result<never, NativeMissing> {
  return err({ code: "unsupported", words: `Node's OpenSSL cannot be called: ${why}` });
}

class OpensslAead implements Aead {
  readonly #call: Functions;
  /** Key and nonce on their way in, and the length that comes out. */
  readonly #key: Pinned;
  readonly #nonce: Pinned;
  readonly #nonceWords: Uint32Array;
  readonly #length: Pinned;
  /** The tag's place, as a parameter, and the parameter's name. */
  readonly #params: MachineWords;
  readonly #paramName: Pinned;
  readonly #scratch: Pinned;

  constructor(native: Native, call: Functions) {
    this.#call = call;
    this.#key = pin(native, KEY_BYTES);
    this.#nonce = pin(native, NONCE_BYTES);
    this.#nonceWords = new Uint32Array(this.#nonce.bytes.buffer);
    this.#length = pin(native, Int32Array.BYTES_PER_ELEMENT);
    this.#scratch = pin(native, SCRATCH_BYTES);
    this.#paramName = pin(native, 4);
    this.#paramName.bytes.set(Buffer.from("tag"));
    // A second one, all zeros, is the end.
    this.#params = new MachineWords(native, PARAM_WORDS * 2);
    this.#params.set(0, this.#paramName.address);
    this.#params.setInt(1, OSSL_PARAM_OCTET_STRING);
    this.#params.set(3, TAG_BYTES);
  }

  newSealer(key: Uint8Array): Sealer {
    const context = this.#newContext("encryptInit", key);
    return {
      seal: (counter, bytes, from, to) => {
        demandRoom(bytes, from, to);
        const address = addressOf(bytes);
        if (address !== undefined) return this.#seal(context.address, counter, address + from, to - from);
        this.#scratch.bytes.set(bytes.subarray(from, to));
        this.#seal(context.address, counter, this.#scratch.address, to - from);
        bytes.set(this.#scratch.bytes.subarray(0, to - from + TAG_BYTES), from);
      },
      destroy: () => context.free(),
    };
  }

  newOpener(key: Uint8Array): Opener {
    const context = this.#newContext("decryptInit", key);
    return {
      open: (counter, bytes, from, to) => {
        demandRoom(bytes, from, to);
        const address = addressOf(bytes);
        if (address !== undefined) return this.#open(context.address, counter, address + from, to - from);
        this.#scratch.bytes.set(bytes.subarray(from, to + TAG_BYTES));
        const isAuthentic = this.#open(context.address, counter, this.#scratch.address, to - from);
        bytes.set(this.#scratch.bytes.subarray(0, to - from), from);
        return isAuthentic;
      },
      destroy: () => context.free(),
    };
  }

  #newContext(init: "encryptInit" | "decryptInit", key: Uint8Array): Context {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes`);
    const { newContext, freeContext, cipher } = this.#call;
    const context = new Context(newContext(), freeContext);
    this.#key.bytes.set(key);
    const isTaken = this.#call[init](context.address, cipher(), this.#key.address, 0, 0);
    this.#key.bytes.fill(0);
    demand(isTaken, init);
    return context;
  }

  /** `length` bytes at `address`, and the 16 behind them. */
  #seal(context: number, counter: Counter, address: number, length: number): void {
    const { encryptInit, encryptUpdate, encryptFinal, getParams } = this.#call;
    this.#setNonce(counter);
    this.#params.set(2, address + length);
    demand(encryptInit(context, 0, 0, this.#nonce.address, 0), "encryptInit");
    if (length > 0) demand(encryptUpdate(context, address, this.#length.address, address, length), "encryptUpdate");
    demand(encryptFinal(context, address + length, this.#length.address), "encryptFinal");
    demand(getParams(context, this.#params.address), "getParams");
  }

  #open(context: number, counter: Counter, address: number, length: number): boolean {
    const { decryptInit, decryptUpdate, decryptFinal } = this.#call;
    this.#setNonce(counter);
    this.#params.set(2, address + length);
    demand(decryptInit(context, 0, 0, this.#nonce.address, this.#params.address), "decryptInit");
    if (length > 0) demand(decryptUpdate(context, address, this.#length.address, address, length), "decryptUpdate");
    return decryptFinal(context, address + length, this.#length.address) === 1;
  }

  /** The machine is little-endian, as the nonce is; were it not, {@link agreesWithNode} would say so. */
  #setNonce({ hi, lo }: Counter): void {
    this.#nonceWords[1] = lo;
    this.#nonceWords[2] = hi;
  }
}

function demandRoom(bytes: Uint8Array, from: number, to: number): void {
  const isInside = from >= 0 && from <= to && to + TAG_BYTES <= bytes.length;
  if (!isInside || to - from > SCRATCH_BYTES - TAG_BYTES)
    throw new RangeError(`${from} to ${to} of ${bytes.length} bytes`);
}

/** An EVP_CIPHER_CTX, which holds a key until it is freed. */
class Context {
  readonly #free: (address: number) => void;
  #address: number;

  constructor(address: number, free: (address: number) => void) {
    demand(address !== 0, "newContext");
    this.#address = address;
    this.#free = free;
  }

  /** @throws after {@link free}: OpenSSL would not. */
  get address(): number {
    if (this.#address === 0) throw new Error("a key that was destroyed is used");
    return this.#address;
  }

  free(): void {
    if (this.#address !== 0) this.#free(this.#address);
    this.#address = 0;
  }
}

/** It refuses what cannot happen but for a bug, or for want of memory. */
function demand(isDone: boolean, name: string): void {
  if (!isDone) throw new Error(`OpenSSL refused ${name}`);
}

function agreesWithNode(aead: Aead): boolean {
  const key = randomBytes(KEY_BYTES);
  const counter = { hi: 0x01020304, lo: 0xfedcba98 };
  const mine = randomBytes(160);
  const plaintext = Buffer.from(mine);
  const nodes = Buffer.from(mine);
  const to = mine.length - TAG_BYTES;
  const ends = [aead.newSealer(key), nodeAead.newSealer(key), aead.newOpener(key)] as const;
  ends[0].seal(counter, mine, 16, to);
  ends[1].seal(counter, nodes, 16, to);
  const isSame = mine.equals(nodes) && ends[2].open(counter, nodes, 16, to);
  for (const end of ends) end.destroy();
  return isSame && nodes.subarray(0, to).equals(plaintext.subarray(0, to));
}
