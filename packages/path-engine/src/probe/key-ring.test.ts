import type { DeviceId } from "@pinhole/protocol";
import { encodePing } from "@pinhole/protocol/probe";
import { describe, expect, test } from "vitest";
import { publicKeyOf } from "../testing/node-key.ts";
import { KeyRing } from "./key-ring.ts";

const ALICE = device("a");
const BOB = device("b");
const ping = encodePing({ txId: new Uint8Array(8).fill(9) });

describe("a key ring", () => {
  test("opens what a peer sealed to it, and says whose it is", () => {
    const { alice, bob } = newPair();
    const opened = bob.ring.open(alice.ring.seal(BOB, ping)!);
    expect(opened).toMatchObject({ peerId: ALICE, message: { kind: "ping" } });
  });

  test("opens nothing twice, nothing of its own and nothing forged", () => {
    const { alice, bob } = newPair();
    const datagram = alice.ring.seal(BOB, ping)!;
    expect(alice.ring.open(datagram)).toBeUndefined();
    expect(bob.ring.open(datagram.with(20, datagram[20]! ^ 1))).toBeUndefined();
    expect(bob.ring.open(datagram)).toBeDefined();
    expect(bob.ring.open(datagram)).toBeUndefined();
  });

  // A forger who could move the window would shut the peer out.
  test("is not moved by a forged counter", () => {
    const { alice, bob } = newPair();
    const datagram = alice.ring.seal(BOB, ping)!;
    expect(bob.ring.open(datagram.slice().fill(0xff, 8, 16))).toBeUndefined();
    expect(bob.ring.open(datagram)).toBeDefined();
  });

  test("goes on accepting the epoch before, and not the one before that", () => {
    const { alice, bob } = newPair();
    const [first, second, third] = [alice, alice, alice].map(() => alice.ring.seal(BOB, ping)!);
    bob.ring.setEpoch(epoch(20));
    expect(bob.ring.open(first!)).toBeDefined();
    expect(bob.ring.open(first!), "replayed across the change").toBeUndefined();
    bob.ring.setEpoch(epoch(21));
    expect(bob.ring.open(second!)).toBeUndefined();
    expect(bob.ring.open(third!)).toBeUndefined();
    alice.ring.setPeer(BOB, bob.publicKey, epoch(21));
    expect(bob.ring.open(alice.ring.seal(BOB, ping)!)).toMatchObject({ peerId: ALICE });
  });

  test("accepts the previous epoch that it was started with", () => {
    const { alice, bob } = newPair();
    const restarted = newRing({ seed: 2, epoch: epoch(30), previousEpoch: epoch(2) });
    restarted.ring.setPeer(ALICE, alice.publicKey, epoch(1));
    expect(restarted.ring.open(alice.ring.seal(BOB, ping)!)).toMatchObject({ peerId: ALICE });
    expect(bob.publicKey).toEqual(restarted.publicKey);
  });

  // Key and nonce together may never seal twice, whatever happens to the peer in between.
  test("never repeats a counter, not even to a peer that was removed and returned", () => {
    const { alice, bob } = newPair();
    const before = alice.ring.seal(BOB, ping)!;
    alice.ring.removePeer(BOB);
    expect(alice.ring.seal(BOB, ping)).toBeUndefined();
    alice.ring.setPeer(BOB, bob.publicKey, epoch(2));
    const after = alice.ring.seal(BOB, ping)!;
    expect(after.subarray(4, 8)).toEqual(before.subarray(4, 8));
    expect(after.subarray(8, 16)).not.toEqual(before.subarray(8, 16));
  });

  test("begins each boot above the counters of the one before", () => {
    const { bob } = newPair();
    const counters = [3, 4].map((bootCount) => {
      const { ring } = newRing({ seed: 1, epoch: epoch(1), bootCount });
      ring.setPeer(BOB, bob.publicKey, epoch(2));
      return new DataView(ring.seal(BOB, ping)!.buffer).getBigUint64(8, true);
    });
    expect(counters).toEqual([3n << 32n, 4n << 32n]);
  });

  test("has nothing to say to a peer whose epoch is unknown or whose key is of low order", () => {
    const { alice } = newPair();
    alice.ring.setPeer(device("c"), newRing({ seed: 3, epoch: epoch(3) }).publicKey, null);
    alice.ring.setPeer(device("d"), new Uint8Array(32), epoch(4));
    expect([alice.ring.seal(device("c"), ping), alice.ring.seal(device("d"), ping)]).toEqual([undefined, undefined]);
  });

  test("forgets a removed peer", () => {
    const { alice, bob } = newPair();
    bob.ring.removePeer(ALICE);
    expect(bob.ring.open(alice.ring.seal(BOB, ping)!)).toBeUndefined();
  });
});

function newPair() {
  const alice = newRing({ seed: 1, epoch: epoch(1) });
  const bob = newRing({ seed: 2, epoch: epoch(2) });
  alice.ring.setPeer(BOB, bob.publicKey, epoch(2));
  bob.ring.setPeer(ALICE, alice.publicKey, epoch(1));
  return { alice, bob };
}

function newRing(options: { seed: number; epoch: Uint8Array; previousEpoch?: Uint8Array; bootCount?: number }) {
  const privateKey = new Uint8Array(32).fill(options.seed);
  const publicKey = publicKeyOf(privateKey);
  const { seed: _, bootCount = 1, ...epochs } = options;
  return {
    publicKey,
    ring: new KeyRing({ nodePrivateKey: privateKey, nodePublicKey: publicKey, bootCount, ...epochs }),
  };
}

function epoch(seed: number): Uint8Array {
  return new Uint8Array(16).fill(seed);
}

function device(letter: string): DeviceId {
  return `dev_${letter.repeat(32)}`;
}
