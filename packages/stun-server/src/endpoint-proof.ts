/**
 * What makes an observation worth more than the word of whom it is about: the STUN server signs each endpoint that it
 * answers to, and whoever holds the same key believes the signature and nothing else.
 *
 *     proof = HMAC-SHA256(key, family (1) | address (4 or 16) | port (2) | period (8)), cut to 16 bytes
 *
 * Stateless: the period is the one of ten minutes that the answer falls into, and a proof is good until the end of the
 * next. It speaks of an address, not of who was there: a device may lend its own to another, which aims what the other
 * may be sent at itself.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { addressFamily, addressToBytes, type Endpoint } from "@pinhole/protocol";
import { ENDPOINT_PROOF_BYTES } from "@pinhole/protocol/stun";

/** Longer than an agent takes from a measurement to its report; short enough that an address given up proves nothing. */
export const PROOF_PERIOD_MS = 600_000;

export class EndpointProof {
  /** Node takes a key that comes as bytes six times as long, for each answer. */
  readonly #key: KeyObject;
  readonly #now: () => number;

  /** `now` is in milliseconds since the epoch: proofs outlive the process that gave them. */
  constructor(key: Uint8Array, now: () => number) {
    this.#key = createSecretKey(key);
    this.#now = now;
  }

  prove(endpoint: Endpoint): Uint8Array {
    return this.#proofIn(this.#period(), endpoint);
  }

  isProof(endpoint: Endpoint, proof: Uint8Array): boolean {
    if (proof.length !== ENDPOINT_PROOF_BYTES) return false;
    const period = this.#period();
    return [period, period - 1].some((each) => timingSafeEqual(this.#proofIn(each, endpoint), proof));
  }

  #period(): number {
    return Math.floor(this.#now() / PROOF_PERIOD_MS);
  }

  #proofIn(period: number, { address, port }: Endpoint): Uint8Array {
    const rest = Buffer.alloc(10);
    rest.writeUInt16BE(port, 0);
    rest.writeBigInt64BE(BigInt(period), 2);
    const mac = createHmac("sha256", this.#key)
      .update(Uint8Array.of(addressFamily(address)))
      .update(addressToBytes(address))
      .update(rest)
      .digest();
    return new Uint8Array(mac.subarray(0, ENDPOINT_PROOF_BYTES));
  }
}
