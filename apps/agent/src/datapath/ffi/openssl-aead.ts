/**
 * ChaCha20-Poly1305 by the OpenSSL that Node brings, with contexts that are kept: making one for
 * each packet, as node:crypto does, costs many times what the cipher itself does.
 *
 * Datagrams in memory of {@link allocate} are worked on where they lie; all others are copied.
 * Lengths are checked here, since what is wrong beyond this point is memory corruption.
 */
import { randomBytes } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type Aead, type Counter, nodeAead, type Opener, type Sealer } from "@pinhole/wireguard";
import type { Native, NativeMissing } from "./native.ts";
import { addressOf, allocate } from "./native-memory.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const EVP_CTRL_AEAD_GET_TAG = 0x10;
const EVP_CTRL_AEAD_SET_TAG = 0x11;
/** The longest datagram, for those that are copied. */
const SCRATCH_BYTES = 65_536;

/** Addresses and lengths are numbers throughout; 0 is no address. */
const DECLARATIONS = {
  newContext: "uintptr_t EVP_CIPHER_CTX_new()",
  freeContext: "void EVP_CIPHER_CTX_free(uintptr_t context)",
  cipher: "uintptr_t EVP_chacha20_poly1305()",
  control: "int EVP_CIPHER_CTX_ctrl(uintptr_t context, int type, int argument, uintptr_t pointer)",
  encryptInit:
    "int EVP_EncryptInit_ex(uintptr_t context, uintptr_t type, uintptr_t engine, uintptr_t key, uintptr_t iv)",
  encryptUpdate:
    "int EVP_EncryptUpdate(uintptr_t context, uintptr_t out, uintptr_t outLength, uintptr_t in, int length)",
  encryptFinal: "int EVP_EncryptFinal_ex(uintptr_t context, uintptr_t out, uintptr_t outLength)",
  decryptInit:
    "int EVP_DecryptInit_ex(uintptr_t context, uintptr_t type, uintptr_t engine, uintptr_t key, uintptr_t iv)",
  decryptUpdate:
    "int EVP_DecryptUpdate(uintptr_t context, uintptr_t out, uintptr_t outLength, uintptr_t in, int length)",
  decryptFinal: "int EVP_DecryptFinal_ex(uintptr_t context, uintptr_t out, uintptr_t outLength)",
} as const;

type Functions = Readonly<Record<keyof typeof DECLARATIONS, (...args: number[]) => number>>;

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
  readonly #key: Uint8Array;
  readonly #keyAddress: number;
  readonly #nonce: Uint32Array;
  readonly #nonceAddress: number;
  readonly #length: Int32Array;
  readonly #lengthAddress: number;
  readonly #scratch: Uint8Array;
  readonly #scratchAddress: number;

  constructor(native: Native, call: Functions) {
    this.#call = call;
    const place = (length: number): readonly [Uint8Array<ArrayBuffer>, number] => {
      const bytes = allocate(native, length);
      return [bytes, addressOf(bytes) ?? 0];
    };
    [this.#key, this.#keyAddress] = place(KEY_BYTES);
    const [nonce, nonceAddress] = place(NONCE_BYTES);
    this.#nonce = new Uint32Array(nonce.buffer);
    this.#nonceAddress = nonceAddress;
    const [length, lengthAddress] = place(Int32Array.BYTES_PER_ELEMENT);
    this.#length = new Int32Array(length.buffer);
    this.#lengthAddress = lengthAddress;
    [this.#scratch, this.#scratchAddress] = place(SCRATCH_BYTES);
  }

  newSealer(key: Uint8Array): Sealer {
    const context = this.#newContext("encryptInit", key);
    return {
      seal: (counter, datagram, from) => {
        const length = datagram.length - TAG_BYTES - from;
        if (from < 0 || length < 0) throw new RangeError(`no room for a tag: ${datagram.length} bytes from ${from}`);
        const address = addressOf(datagram);
        if (address !== undefined) return this.#seal(context.address, counter, address + from, length);
        const scratch = this.#copied(datagram, from);
        this.#seal(context.address, counter, this.#scratchAddress, length);
        datagram.set(scratch, from);
      },
      destroy: () => context.free(),
    };
  }

  newOpener(key: Uint8Array): Opener {
    const context = this.#newContext("decryptInit", key);
    return {
      open: (counter, datagram, from) => {
        const length = datagram.length - TAG_BYTES - from;
        if (from < 0 || length < 0) return undefined;
        const address = addressOf(datagram);
        if (address !== undefined) {
          const isAuthentic = this.#open(context.address, counter, address + from, length);
          return isAuthentic ? datagram.subarray(from, from + length) : undefined;
        }
        const scratch = this.#copied(datagram, from);
        const isAuthentic = this.#open(context.address, counter, this.#scratchAddress, length);
        return isAuthentic ? scratch.slice(0, length) : undefined;
      },
      destroy: () => context.free(),
    };
  }

  #newContext(init: "encryptInit" | "decryptInit", key: Uint8Array): Context {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes`);
    const { newContext, freeContext, cipher } = this.#call;
    const context = new Context(newContext(), freeContext);
    this.#key.set(key);
    const isTaken = this.#call[init](context.address, cipher(), 0, this.#keyAddress, 0);
    this.#key.fill(0);
    demand(isTaken, init);
    return context;
  }

  /** `length` bytes at `address`, and the 16 behind them. */
  #seal(context: number, counter: Counter, address: number, length: number): void {
    const { encryptInit, encryptUpdate, encryptFinal, control } = this.#call;
    this.#setNonce(counter);
    demand(encryptInit(context, 0, 0, 0, this.#nonceAddress), "encryptInit");
    if (length > 0) {
      demand(encryptUpdate(context, address, this.#lengthAddress, address, length), "encryptUpdate");
      this.#demandLength(length);
    }
    demand(encryptFinal(context, address + length, this.#lengthAddress), "encryptFinal");
    demand(control(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, address + length), "control");
  }

  #open(context: number, counter: Counter, address: number, length: number): boolean {
    const { decryptInit, decryptUpdate, decryptFinal, control } = this.#call;
    this.#setNonce(counter);
    demand(decryptInit(context, 0, 0, 0, this.#nonceAddress), "decryptInit");
    demand(control(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, address + length), "control");
    if (length > 0) {
      demand(decryptUpdate(context, address, this.#lengthAddress, address, length), "decryptUpdate");
      this.#demandLength(length);
    }
    return decryptFinal(context, address + length, this.#lengthAddress) === 1;
  }

  #demandLength(length: number): void {
    if (this.#length[0] !== length) throw new Error(`OpenSSL wrote ${this.#length[0]} bytes of ${length}`);
  }

  /** The machine is little-endian, as the nonce is; were it not, {@link agreesWithNode} would say so. */
  #setNonce({ hi, lo }: Counter): void {
    this.#nonce[1] = lo;
    this.#nonce[2] = hi;
  }

  #copied(datagram: Uint8Array, from: number): Uint8Array {
    const bytes = datagram.subarray(from);
    if (bytes.length > SCRATCH_BYTES) throw new RangeError(`a datagram of ${bytes.length} bytes`);
    this.#scratch.set(bytes);
    return this.#scratch.subarray(0, bytes.length);
  }
}

/** An EVP_CIPHER_CTX, which holds a key until it is freed. */
class Context {
  readonly #free: (address: number) => number;
  #address: number;

  constructor(address: number, free: (address: number) => number) {
    demand(address, "newContext");
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

/** OpenSSL says 0 or less for what cannot happen but for a bug, or want of memory. */
function demand(result: number, name: string): void {
  if (result <= 0) throw new Error(`OpenSSL refused ${name}`);
}

function agreesWithNode(aead: Aead): boolean {
  const key = randomBytes(KEY_BYTES);
  const counter = { hi: 0x01020304, lo: 0xfedcba98 };
  const mine = randomBytes(160);
  const nodes = Uint8Array.from(mine);
  const plaintext = mine.subarray(16, -TAG_BYTES).toString("latin1");
  const ends = [aead.newSealer(key), nodeAead.newSealer(key), aead.newOpener(key)] as const;
  ends[0].seal(counter, mine, 16);
  ends[1].seal(counter, nodes, 16);
  const opened = ends[2].open(counter, nodes, 16);
  for (const end of ends) end.destroy();
  return mine.equals(nodes) && opened !== undefined && Buffer.from(opened).toString("latin1") === plaintext;
}
