/** Probes and STUN at an agent's socket: recorded ones again, bent ones, and noise, all from an address of a victim's. */
import { SeededRandom } from "@pinhole/natsim";
import { PathEngine } from "@pinhole/path-engine";
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import { toBase64Url } from "@pinhole/protocol";
import { encodeBindingRequest, encodeBindingSuccess } from "@pinhole/protocol/stun";
import { generateKeyPair, type KeyPair } from "@pinhole/wireguard";
import { Meter, mutationsOf, type Traffic } from "./traffic.ts";

const A: DeviceId = `dev_${"a".repeat(32)}`;
const B: DeviceId = `dev_${"b".repeat(32)}`;
const HOME: Endpoint = { address: "203.0.113.5", port: 1_000 };
const PEER: Endpoint = { address: "203.0.113.6", port: 1_000 };
const VICTIM: Endpoint = { address: "192.0.2.1", port: 53 };
const REPEATS = 50;

export function probeInputs(): Traffic[] {
  const random = new SeededRandom(11);
  const [keysA, keysB] = [newKeys(random), newKeys(random)];
  const toB: Uint8Array[] = [];
  const fromB: Uint8Array[] = [];
  const engineA = newEngine({ random, self: keysA, peer: { id: B, keys: keysB }, out: toB });
  const engineB = newEngine({ random, self: keysB, peer: { id: A, keys: keysA }, out: fromB });
  engineA.onPlan({
    attemptId: `att_${"1".repeat(32)}`,
    peerId: B,
    trigger: "traffic",
    role: "initiator",
    startAt: 0,
    peerCandidates: [{ kind: "server-reflexive", endpoint: "203.0.113.6:1000" }],
    peerNatProfile: null,
    peerProbeEpoch: epochOf(keysB),
    strategy: { stages: [{ kind: "simultaneous", startMs: 0, endMs: 1_000, maxProbes: 8 }], predictedChance: 1 },
  });
  // Until both have said what they have to say to each other: what is recorded then has all been taken once.
  for (let [sent, answered] = [0, 0]; sent < toB.length || answered < fromB.length; engineA.tick(), engineB.tick()) {
    for (const ping of toB.slice(sent)) engineB.onDatagram(0, HOME, ping);
    sent = toB.length;
    for (const pong of fromB.slice(answered)) engineA.onDatagram(0, PEER, pong);
    answered = fromB.length;
  }
  if (toB.length === 0 || fromB.length === 0) throw new Error("the two engines have not spoken");

  const offer = (name: string, datagrams: Iterable<Uint8Array>): Traffic => {
    const meter = new Meter();
    fromB.length = 0;
    for (const datagram of datagrams) {
      meter.receive(datagram);
      engineB.onDatagram(0, VICTIM, datagram);
      engineB.tick();
    }
    for (const answer of fromB) meter.send(answer);
    return meter.traffic(name);
  };
  const recorded = [...toB];
  return [
    offer("agent: recorded probes, again", Array.from({ length: REPEATS }, () => recorded).flat()),
    offer(
      "agent: bent probes",
      recorded.flatMap((probe) => [...mutationsOf(probe)]),
    ),
    offer(
      "agent: noise",
      Array.from({ length: 2_000 }, (_, at) => Uint8Array.of(at % 6, 0, 0, 0, ...random.bytes(16 + (at % 200)))),
    ),
    offer("agent: STUN that it did not ask for", [
      encodeBindingRequest({ transactionId: random.bytes(12) }),
      encodeBindingSuccess({ transactionId: random.bytes(12), mapped: HOME }),
    ]),
  ];
}

type Setting = {
  readonly random: SeededRandom;
  readonly self: KeyPair;
  readonly peer: { readonly id: DeviceId; readonly keys: KeyPair };
  readonly out: Uint8Array[];
};

function newEngine({ random, self, peer, out }: Setting): PathEngine {
  const engine = new PathEngine({
    now: () => 0,
    randomBytes: (length) => random.bytes(length),
    nodePrivateKey: self.privateKey,
    nodePublicKey: self.publicKey,
    probe: { epoch: self.publicKey.slice(0, 16), bootCount: 1 },
    effects: {
      sendDatagram: (_, __, bytes) => void out.push(bytes),
      sendRelayed: () => undefined,
      openSocket: () => undefined,
      closeSocket: () => undefined,
      pathChanged: () => undefined,
      pathMtuChanged: () => undefined,
      sendBySession: () => undefined,
      pathProven: () => undefined,
      requestPunch: () => undefined,
      trace: () => undefined,
    },
  });
  engine.setLocal({ sockets: [{ id: 0, family: 4 }], candidates: [], connectedPrefixes: [], natProfile: null });
  engine.upsertPeer({
    id: peer.id,
    nodeKey: peer.keys.publicKey,
    candidates: [],
    natProfile: null,
    probeEpoch: peer.keys.publicKey.slice(0, 16),
    online: true,
  });
  return engine;
}

const newKeys = (random: SeededRandom): KeyPair => generateKeyPair((length) => random.bytes(length));
const epochOf = ({ publicKey }: KeyPair): string => toBase64Url(publicKey.slice(0, 16));
