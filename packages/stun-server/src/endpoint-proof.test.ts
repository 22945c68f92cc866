import type { Endpoint } from "@pinhole/protocol";
import { describe, expect, test } from "vitest";
import { EndpointProof, PROOF_PERIOD_MS } from "./endpoint-proof.ts";

const KEY = new Uint8Array(32).fill(7);
const HOME: Endpoint = { address: "198.51.100.9", port: 4242 };
const SIX: Endpoint = { address: "2001:db8::9", port: 4242 };

describe("a proof of an endpoint", () => {
  test("is 16 bytes that hold for that endpoint, in this period and the next", () => {
    for (const endpoint of [HOME, SIX]) {
      const proof = at(0).prove(endpoint);
      expect(proof).toHaveLength(16);
      expect(at(0).isProof(endpoint, proof)).toBe(true);
      expect(at(PROOF_PERIOD_MS * 2 - 1).isProof(endpoint, proof)).toBe(true);
    }
  });

  test("does not hold later, nor before it was given", () => {
    const proof = at(PROOF_PERIOD_MS * 5).prove(HOME);
    expect(at(PROOF_PERIOD_MS * 7).isProof(HOME, proof)).toBe(false);
    expect(at(PROOF_PERIOD_MS * 5 - 1).isProof(HOME, proof)).toBe(false);
  });

  test.each<[string, Endpoint]>([
    ["another address", { ...HOME, address: "198.51.100.10" }],
    ["another port", { ...HOME, port: 4243 }],
    ["the other family", SIX],
    ["the same address in IPv6's clothes", { ...HOME, address: "::ffff:c633:6409" }],
  ])("does not hold for %s", (_, endpoint) => {
    expect(at(0).isProof(endpoint, at(0).prove(HOME))).toBe(false);
  });

  test("cannot be made with another key, nor from another proof, nor from its beginning", () => {
    const proof = at(0).prove(HOME);
    expect(new EndpointProof(new Uint8Array(32).fill(8), () => 0).isProof(HOME, proof)).toBe(false);
    for (let bit = 0; bit < 128; bit++) {
      const bent = Uint8Array.from(proof);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(at(0).isProof(HOME, bent)).toBe(false);
    }
    for (let length = 0; length < 16; length++) expect(at(0).isProof(HOME, proof.subarray(0, length))).toBe(false);
    expect(at(0).isProof(HOME, Uint8Array.of(...proof, 0))).toBe(false);
  });
});

const at = (now: number) => new EndpointProof(KEY, () => now);
