/** Fifty devices, each of which sends to each other in the name of everybody else: nothing of it reaches a host. */
import { randomBytes } from "node:crypto";
import { type DeviceId, toBase64Url } from "@pinhole/protocol/net";
import type { FilterRule } from "@pinhole/protocol/policy";
import { generateKeyPair, type KeyPair, nodeAead, type PeerHandle, WireGuardDevice } from "@pinhole/wireguard";
import { expect, test } from "vitest";
import type { DatapathPeer } from "./contract.ts";
import { Engine } from "./engine.ts";
import { Coalescer } from "./packet/coalescer.ts";
import { buildPacket, streamOf } from "./packet/testing.ts";
import type { DirectVia } from "./packet-io.ts";

const NODES = 50;
const ALLOW: readonly FilterRule[] = [
  { src: ["0.0.0.0/0", "::/0"], dst: ["0.0.0.0/0", "::/0"], allow: [{ protocol: null }] },
];
const OUTSIDE = ["8.8.8.8", "100.90.16.200", "fd12::200", "2001:db8::8"];

test(`every wrong pair of peer and source in a mesh of ${NODES} delivers nothing, and every right one does`, () => {
  const nodes = Array.from({ length: NODES }, (_, number) => newNode(number));
  const sources = [...nodes.flatMap(({ addresses }) => addresses), ...OUTSIDE];
  let [wrong, right] = [0, 0];
  for (const victim of nodes) {
    victim.configure(nodes);
    const { delivered } = victim;
    const packets = sources.map((source) => ({ source, bytes: packetFrom(source, victim) }));
    for (const attacker of nodes.filter((node) => node !== victim)) {
      const send = newLiar(attacker, victim);
      for (const { source, bytes } of packets) {
        const isOwn = attacker.addresses.includes(source);
        send(bytes);
        if (delivered.count !== (isOwn ? 1 : 0)) expect.fail(`${attacker.id} to ${victim.id} as ${source}`);
        delivered.count = 0;
        if (isOwn) right += 1;
        else wrong += 1;
      }
    }
  }
  const pairs = NODES * (NODES - 1);
  expect([right, wrong]).toEqual([2 * pairs, (2 * (NODES - 1) + OUTSIDE.length) * pairs]);
  const drops = nodes.reduce(
    (sum, { drops: each }) => sum + (each["spoofed-source"] ?? 0) + (each["own-source"] ?? 0),
    0,
  );
  expect(drops).toBe(wrong);
}, 120_000);

// What continues an honest packet is not read again, so it matters whose it is.
test("the next piece of somebody else's stream delivers nothing, and of one's own it does", () => {
  const [victim, honest, attacker] = [newNode(0), newNode(1), newNode(2)] as const;
  victim.configure([victim, honest, attacker]);
  const [first, second, third] = streamOf(honest.addresses[0], victim.addresses[0]);
  // Each has its session before the next begins one.
  const sendAsAttacker = newLiar(attacker, victim);
  sendAsAttacker(packetFrom(attacker.addresses[0], victim));
  const sendAsHonest = newLiar(honest, victim);
  sendAsHonest(first);
  const { delivered, drops } = victim;
  expect(delivered).toEqual({ count: 2, unread: 0 });
  sendAsAttacker(second);
  expect(delivered).toEqual({ count: 2, unread: 0 });
  expect(drops["spoofed-source"]).toBe(1);
  sendAsHonest(second);
  expect(delivered).toEqual({ count: 3, unread: 1 });
  sendAsAttacker(third);
  expect(delivered).toEqual({ count: 3, unread: 1 });
  expect(drops["spoofed-source"]).toBe(2);
});

type Node = {
  readonly id: DeviceId;
  readonly keys: KeyPair;
  readonly addresses: readonly [string, string];
  readonly engine: Engine;
  /** As its interface counts, and those of them that continue others. */
  readonly delivered: { count: number; unread: number };
  readonly drops: Record<string, number>;
  /** Where what it sends goes. */
  sentTo: (datagram: Uint8Array) => void;
  readonly configure: (nodes: readonly Node[]) => void;
};

const now = (): number => clock.ms;
const clock = { ms: 1_000 };
const wallClock = (): number => 1_700_000_000_000 + clock.ms;

function newNode(number: number): Node {
  const keys = generateKeyPair();
  const delivered = { count: 0, unread: 0 };
  const coalescer = new Coalescer({ joinsUdp: true });
  const drops: Record<string, number> = {};
  const outgoing = new Uint8Array(2_048);
  let placed = 0;
  const nothing = (): void => undefined;
  const engine = new Engine({
    privateKey: keys.privateKey,
    aead: nodeAead,
    io: {
      hasInterface: true,
      widenSocket: nothing,
      outgoing,
      place: (_, length) => ((placed = length), 0),
      take: () => node.sentTo(Uint8Array.from(outgoing.subarray(0, placed))),
      deliver: (packet, from) => {
        delivered.count += 1;
        coalescer.flush(() => undefined);
        coalescer.add(packet, from);
      },
      extend: (packet, from) => {
        if (!coalescer.extend(packet, from)) return false;
        delivered.count += 1;
        delivered.unread += 1;
        return true;
      },
      send: (_, __, datagram) => node.sentTo(Uint8Array.from(datagram)),
    },
    timestamps: [],
    now,
    wallClock,
    randomBytes,
    countDrop: (reason) => void (drops[reason] = (drops[reason] ?? 0) + 1),
    events: {
      datagram: nothing,
      relayOutput: nothing,
      traffic: nothing,
      dataReceived: nothing,
      timestamps: nothing,
      pong: nothing,
      peerRefused: (words) => expect.fail(words),
      innerMtuChanged: nothing,
      crossed: nothing,
      counted: nothing,
    },
  });
  const node: Node = {
    id: `dev_${number.toString(16).padStart(32, "0")}`,
    keys,
    addresses: [`100.90.16.${number + 1}`, `fd12::${(number + 1).toString(16)}`],
    engine,
    delivered,
    drops,
    sentTo: nothing,
    configure(nodes) {
      const peers: DatapathPeer[] = nodes
        .filter((other) => other !== node)
        .map(({ id, addresses, keys: { publicKey } }) => ({ id, addresses, nodeKey: toBase64Url(publicKey) }));
      const slots = peers.map((_, slot) => slot);
      engine.configure({ peers, filter: ALLOW, selfAddresses: node.addresses, ranges: [] }, slots);
      for (const { id } of peers) engine.setRoute(id, { relay: false, direct: VIA });
    },
  };
  return node;
}

const VIA: DirectVia = { socket: 0, endpoint: { address: "192.0.2.1", port: 1 } };

/** The attacker's keys in a WireGuard that filters nothing of what it sends. */
function newLiar(attacker: Node, victim: Node): (packet: Uint8Array) => void {
  clock.ms += 1_000;
  const device = new WireGuardDevice<undefined>({
    privateKey: attacker.keys.privateKey,
    now,
    wallClock,
    randomBytes,
    addressOf: () => ({ host: "", port: 0 }),
    isUnderLoad: () => false,
    aead: nodeAead,
    events: {
      send: (_: PeerHandle, datagram: Uint8Array) => victim.engine.datagram(VIA, Uint8Array.from(datagram)),
      reply: () => undefined,
      receive: () => undefined,
    },
  });
  const added = device.addPeer({ publicKey: victim.keys.publicKey });
  if (!added.ok) return expect.fail(added.error);
  victim.sentTo = (datagram) => void device.input(datagram, undefined);
  return (packet) => void device.send(added.value, packet);
}

function packetFrom(source: string, { addresses }: Node): Uint8Array {
  const destination = addresses[source.includes(":") ? 1 : 0];
  return buildPacket({ source, destination, protocol: 17, sourcePort: 1, destinationPort: 2 });
}
