/**
 * ChaCha20-Poly1305 through OpenSSL's interface for any cipher, with contexts that are kept: making one for each packet,
 * as node:crypto does, costs many times what the cipher itself does.
 */
import type { Aead, Counter, Opener, Sealer } from "@pinhole/wireguard";
import { MachineWords } from "./machine-words.ts";
import type { Native } from "./native.ts";
import { demandAddress, type Pinned, pin } from "./native-memory.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OSSL_PARAM_OCTET_STRING = 5;
/** `struct ossl_param_st`: key, type, data, size and what it was returned as, a word each. */
const PARAM_WORDS = 5;

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

/** For bytes in memory of `allocate` alone, with lengths that were checked. @throws where OpenSSL cannot be called. */
export class EvpAead implements Aead {
  readonly #call: Functions;
  /** Key and nonce on their way in, and the length that comes out. */
  readonly #key: Pinned;
  readonly #nonce: Pinned;
  readonly #nonceWords: Uint32Array;
  readonly #length: Pinned;
  /** The tag's place, as a parameter, and the parameter's name. */
  readonly #params: MachineWords;
  readonly #paramName: Pinned;

  constructor(native: Native) {
    const functions = Object.entries(DECLARATIONS).map(([name, declaration]) => [name, native.bind(declaration)]);
    this.#call = Object.fromEntries(functions) as Functions;
    this.#key = pin(native, KEY_BYTES);
    this.#nonce = pin(native, NONCE_BYTES);
    this.#nonceWords = new Uint32Array(this.#nonce.bytes.buffer);
    this.#length = pin(native, Int32Array.BYTES_PER_ELEMENT);
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
      seal: (counter, bytes, from, to) => this.#seal(context.address, counter, demandAddress(bytes) + from, to - from),
      destroy: () => context.free(),
    };
  }

  newOpener(key: Uint8Array): Opener {
    const context = this.#newContext("decryptInit", key);
    return {
      open: (counter, bytes, from, to) =>
        this.#open(context.address, counter, demandAddress(bytes) + from, to - from) ? bytes : undefined,
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
