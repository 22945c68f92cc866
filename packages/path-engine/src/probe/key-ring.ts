/**
 * Every probe key of this device: which peer a datagram is from, and how to seal one to a peer.
 *
 * For receiving, a peer has a key for our current epoch and one for the epoch before it,
 * because it may not have heard of the new one yet. A datagram is somebody's only after the
 * key that its index names has opened it and its counter was never seen; until then nothing
 * is remembered and nothing answered.
 */
import type { KeyObject } from "node:crypto";
import type { DeviceId } from "@pinhole/protocol";
import { decodeEnvelope, decodeProbeMessage, type ProbeMessage } from "@pinhole/protocol/probe";
import { deriveProbeKey, type ProbeKey } from "./probe-key.ts";
import { ReplayWindow } from "./replay-window.ts";
import { openProbe, sealProbe } from "./seal.ts";
import { importPrivateKey, sharedSecret } from "./x25519.ts";

/** Sequence numbers of one boot; the next boot's counters begin above them. */
const SEQUENCES_PER_BOOT = 2 ** 32;

type ReceiveKey = ProbeKey & { readonly peerId: DeviceId; readonly replay: ReplayWindow };

type PeerKeys = {
  readonly nodeKey: Uint8Array;
  /** Undefined for a node key of low order: such a peer has no probes, and stays relayed. */
  readonly secret: Uint8Array | undefined;
  epoch: Uint8Array | undefined;
  send: ProbeKey | undefined;
  receive: readonly ReceiveKey[];
};

export type KeyRingOptions = {
  readonly nodePrivateKey: Uint8Array;
  readonly nodePublicKey: Uint8Array;
  readonly epoch: Uint8Array;
  readonly previousEpoch?: Uint8Array | undefined;
  readonly bootCount: number;
};

export class KeyRing {
  readonly #privateKey: KeyObject;
  readonly #publicKey: Uint8Array;
  readonly #firstCounter: bigint;
  readonly #peers = new Map<DeviceId, PeerKeys>();
  /** Four bytes may collide between two peers, so an index has a list. */
  readonly #byIndex = new Map<number, ReceiveKey[]>();
  #epochs: readonly Uint8Array[];
  #sequence = 0;

  constructor({ nodePrivateKey, nodePublicKey, epoch, previousEpoch, bootCount }: KeyRingOptions) {
    this.#privateKey = importPrivateKey(nodePrivateKey);
    this.#publicKey = nodePublicKey.slice();
    this.#firstCounter = BigInt.asUintN(32, BigInt(bootCount)) << 32n;
    this.#epochs = previousEpoch === undefined ? [epoch.slice()] : [epoch.slice(), previousEpoch.slice()];
  }

  /** Adds a peer or replaces what is known of it; keys that stay valid keep their replay windows. */
  setPeer(peerId: DeviceId, nodeKey: Uint8Array, epoch: Uint8Array | null): void {
    let keys = this.#peers.get(peerId);
    if (keys === undefined || !isEqual(keys.nodeKey, nodeKey)) {
      this.removePeer(peerId);
      keys = {
        nodeKey: nodeKey.slice(),
        secret: sharedSecret(this.#privateKey, nodeKey),
        epoch: undefined,
        send: undefined,
        receive: [],
      };
      this.#peers.set(peerId, keys);
      this.#indexReceiveKeys(peerId, keys);
    }
    if (epoch !== null && (keys.epoch === undefined || !isEqual(keys.epoch, epoch))) {
      keys.epoch = epoch.slice();
      keys.send = this.#derive(keys, keys.epoch, "send");
    }
  }

  removePeer(peerId: DeviceId): void {
    const keys = this.#peers.get(peerId);
    if (keys === undefined) return;
    this.#peers.delete(peerId);
    for (const key of keys.receive) this.#unindex(key);
  }

  /** Our own epoch: the one until now stays accepted, the one before it does not. */
  setEpoch(epoch: Uint8Array): void {
    const [current] = this.#epochs;
    if (current !== undefined && isEqual(current, epoch)) return;
    this.#epochs = current === undefined ? [epoch.slice()] : [epoch.slice(), current];
    for (const [peerId, keys] of this.#peers) this.#indexReceiveKeys(peerId, keys);
  }

  canSend(peerId: DeviceId): boolean {
    return this.#peers.get(peerId)?.send !== undefined && this.#sequence < SEQUENCES_PER_BOOT;
  }

  /** The datagram, or undefined for a peer whose epoch is not known. One sequence serves all peers: a removed one that returns meets no old nonce. */
  seal(peerId: DeviceId, plaintext: Uint8Array): Uint8Array | undefined {
    const key = this.#peers.get(peerId)?.send;
    if (key === undefined || this.#sequence >= SEQUENCES_PER_BOOT) return undefined;
    return sealProbe(key, this.#firstCounter + BigInt(this.#sequence++), plaintext);
  }

  open(datagram: Uint8Array): { readonly peerId: DeviceId; readonly message: ProbeMessage } | undefined {
    const envelope = decodeEnvelope(datagram);
    if (!envelope.ok) return undefined;
    const { counter, index } = envelope.value;
    for (const { key, peerId, replay } of this.#byIndex.get(index) ?? []) {
      if (!replay.isNew(counter)) continue;
      const plaintext = openProbe(key, envelope.value);
      if (plaintext === undefined) continue;
      replay.take(counter);
      const message = decodeProbeMessage(plaintext);
      return message.ok ? { peerId, message: message.value } : undefined;
    }
    return undefined;
  }

  /** Derives the receiving keys of our epochs, keeping those that exist already. */
  #indexReceiveKeys(peerId: DeviceId, keys: PeerKeys): void {
    const before = keys.receive;
    for (const key of before) this.#unindex(key);
    keys.receive = this.#epochs.flatMap((epoch) => {
      const derived = this.#derive(keys, epoch, "receive");
      if (derived === undefined) return [];
      const known = before.find(({ key }) => isEqual(key, derived.key));
      return [known ?? { ...derived, peerId, replay: new ReplayWindow() }];
    });
    for (const key of keys.receive) {
      const sharing = this.#byIndex.get(key.index);
      if (sharing === undefined) this.#byIndex.set(key.index, [key]);
      else sharing.push(key);
    }
  }

  #unindex(key: ReceiveKey): void {
    const left = (this.#byIndex.get(key.index) ?? []).filter((other) => other !== key);
    if (left.length === 0) this.#byIndex.delete(key.index);
    else this.#byIndex.set(key.index, left);
  }

  #derive(
    { secret, nodeKey }: PeerKeys,
    receiverEpoch: Uint8Array,
    direction: "send" | "receive",
  ): ProbeKey | undefined {
    if (secret === undefined) return undefined;
    const [sender, receiver] = direction === "send" ? [this.#publicKey, nodeKey] : [nodeKey, this.#publicKey];
    return deriveProbeKey({ secret, receiverEpoch, sender, receiver });
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
