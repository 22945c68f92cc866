// Three devices on one clock, whose datagrams reach each other as far as the paths between them are proven.
import { type DeviceId, type Endpoint, formatEndpoint } from "@pinhole/protocol";
import type { RelayLane } from "@pinhole/protocol/control";
import { encodeOnLane } from "@pinhole/protocol/relay";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PeerRelay } from "./peer-relay.ts";
import { ANN, BEN, laneBytes, newLane, newPeer, peersById, RAY, SEALED } from "./testing.ts";

const LANES = [newLane(1), newLane(2, { from: BEN, to: ANN })];
const WHERE: Readonly<Record<string, Endpoint>> = {
  [ANN]: { address: "203.0.113.1", port: 4_001 },
  [BEN]: { address: "203.0.113.2", port: 4_002 },
  [RAY]: { address: "203.0.113.3", port: 4_003 },
};

let now: number;
let ann: Device;
let ben: Device;
let ray: Device;
beforeEach(() => {
  vi.useFakeTimers();
  now = 0;
  [ann, ben, ray] = [new Device(ANN), new Device(BEN), new Device(RAY)];
  ann.relay.setPeers(peersById(newPeer(BEN), newPeer(RAY, { mayRelay: true })));
  ben.relay.setPeers(peersById(newPeer(ANN), newPeer(RAY, { mayRelay: true })));
  ray.relay.setPeers(peersById(newPeer(ANN, { isRelayed: true }), newPeer(BEN, { isRelayed: true })));
});
afterEach(() => {
  for (const { relay } of [ann, ben, ray]) relay.close();
  vi.useRealTimers();
});

describe("what goes by a device", () => {
  test("arrives with who sent it and who passed it on, and both paths are told of it", () => {
    joined();
    expect(ann.relay.send(RAY, BEN, SEALED)).toBe("sent");
    expect(ben.received).toEqual([[RAY, ANN, SEALED]]);
    expect(ben.relay.send(RAY, ANN, SEALED)).toBe("sent");
    expect(ann.received).toEqual([[RAY, BEN, SEALED]]);
    expect(ray.received).toEqual([]);
    expect([ann.traffic, ben.traffic, ray.traffic]).toEqual([[RAY], [RAY], [ANN, BEN]]);
    expect(ray.relay.status).toMatchObject({ lanes: 2, packets: 2, bytes: 2 * (SEALED.length + 16) });
    expect(ann.relay.status).toBeUndefined();
  });

  test("has no way without a lane, without a path to the device, and to nobody else", () => {
    connect(ann, ray);
    expect(ann.relay.send(RAY, BEN, SEALED)).toBe("no-way");
    joined();
    expect(ann.relay.send(BEN, RAY, SEALED)).toBe("no-way");
    ann.relay.setRoute(RAY, { relay: true });
    expect(ann.relay.send(RAY, BEN, SEALED)).toBe("no-way");
    expect(ben.received).toEqual([]);
  });

  test("is no longer than what passes nearly everywhere", () => {
    joined();
    const sealed = (bytes: number) => Uint8Array.of(4, 0, 0, 0, ...new Uint8Array(bytes - 4));
    expect([1_312, 1_328].map((bytes) => ann.relay.send(RAY, BEN, sealed(bytes)))).toEqual(["sent", "no-way"]);
  });

  test("is in doubt as soon as one pong of the device is overdue", () => {
    joined();
    ann.doubtful.add(RAY);
    expect(ann.relay.send(RAY, BEN, SEALED)).toBe("doubtful");
    expect(ben.received.length).toBe(1);
  });

  test("comes back as unreachable when the device has no path to the receiver, and from it alone", () => {
    joined();
    ray.relay.setRoute(BEN, { relay: true });
    ann.relay.send(RAY, BEN, SEALED);
    expect(ann.unreachable).toEqual([[RAY, BEN]]);
    const forged = encodeOnLane(laneBytes(1), { kind: "unreachable" });
    expect(ann.relay.onDatagram({ address: "198.51.100.7", port: 9 }, forged)).toBe(true);
    expect(ann.unreachable.length).toBe(1);
  });

  test("is passed on no more once the netmap takes the right away, on either side", () => {
    joined();
    ray.relay.setPeers(peersById(newPeer(ANN, { isRelayed: true }), newPeer(BEN)));
    ann.relay.send(RAY, BEN, SEALED);
    expect(ben.received).toEqual([]);
    ann.relay.setPeers(peersById(newPeer(BEN), newPeer(RAY)));
    expect(ann.relay.canCarry(RAY, BEN)).toBe(false);
    expect(ann.relay.send(RAY, BEN, SEALED)).toBe("no-way");
  });
});

test("a datagram that is on no lane of ours is somebody else's", () => {
  const datagram = encodeOnLane(laneBytes(9), { kind: "packet", packet: SEALED });
  expect(ann.relay.onDatagram(WHERE[RAY]!, datagram)).toBe(false);
  joined();
  expect(ann.relay.onDatagram(WHERE[RAY]!, datagram)).toBe(false);
  expect(ann.relay.onDatagram(WHERE[RAY]!, SEALED)).toBe(false);
});

describe("the way to a device that may relay", () => {
  test("is its round trip while the path is sound, and failing from the first doubt of the engine on", () => {
    expect(ann.relay.wayTo(RAY)).toEqual({ rttMs: undefined, state: "resting" });
    connect(ann, ray);
    ann.samples = 2;
    expect(ann.relay.wayTo(RAY)).toEqual({ rttMs: undefined, state: "resting" });
    ann.samples = 3;
    expect(ann.relay.wayTo(RAY)).toEqual({ rttMs: 12, state: "usable" });
    ann.relay.setRoute(RAY, { direct: { socket: 0, endpoint: WHERE[RAY]! }, relay: true });
    expect(ann.relay.wayTo(RAY)).toEqual({ rttMs: undefined, state: "failing" });
    expect(ann.changes).toBe(2);
  });

  test("is asked for each second while somebody is reached over a relay, until it is measured well", () => {
    ann.samples = 0;
    pass(2_000);
    expect(ann.traffic).toEqual([]);
    ann.isNeeded = true;
    pass(2_000);
    expect(ann.traffic).toEqual([RAY, RAY]);
    connect(ann, ray);
    ann.samples = 7;
    pass(1_000);
    expect(ann.traffic.length).toBe(3);
    ann.samples = 8;
    pass(2_000);
    expect(ann.traffic.length).toBe(3);
  });

  test("is looked for with four at most, the same for everybody", () => {
    const many = Array.from({ length: 9 }, (_, n): DeviceId => `dev_${String(9 - n).repeat(32)}`);
    ann.relay.setPeers(
      peersById(...many.map((id) => newPeer(id, { mayRelay: true, online: id !== many[8] })), newPeer(BEN)),
    );
    expect(ann.relay.relays).toEqual([2, 3, 4, 5].map((n) => `dev_${String(n).repeat(32)}`));
  });
});

test("lanes are asked for once in five seconds, and not while there is one", () => {
  connect(ann, ray);
  ann.relay.want(RAY, BEN);
  ann.relay.want(RAY, BEN);
  expect(ann.asked).toEqual([{ peerId: BEN, via: RAY }]);
  joined();
  pass(10_000);
  ann.relay.want(RAY, BEN);
  expect(ann.asked.length).toBe(1);
});

/** Both have a path to Ray and he to both, and the lanes have come. */
function joined(): void {
  connect(ann, ray);
  connect(ben, ray);
  for (const { relay } of [ann, ben, ray]) relay.onLanes(LANES as RelayLane[]);
  pass(1_000);
}

function connect(one: Device, other: Device): void {
  one.relay.setRoute(other.id, { direct: { socket: 0, endpoint: WHERE[other.id]! }, relay: false });
  other.relay.setRoute(one.id, { direct: { socket: 0, endpoint: WHERE[one.id]! }, relay: false });
}

function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

class Device {
  readonly id: DeviceId;
  readonly received: [via: DeviceId, from: DeviceId, packet: Uint8Array][] = [];
  readonly unreachable: [via: DeviceId, peerId: DeviceId][] = [];
  readonly traffic: DeviceId[] = [];
  readonly asked: unknown[] = [];
  readonly doubtful = new Set<DeviceId>();
  readonly relay: PeerRelay;
  changes = 0;
  samples = 8;
  isNeeded = false;

  constructor(id: DeviceId) {
    this.id = id;
    this.relay = new PeerRelay({
      selfId: id,
      now: () => now,
      distanceTo: () => (this.samples === 0 ? undefined : { rttMs: 12, samples: this.samples }),
      isAddressOf: (peerId, address) => WHERE[peerId]?.address === address,
      isDoubtful: (peerId) => this.doubtful.has(peerId),
      onTraffic: (peerId) => this.traffic.push(peerId),
      sendDatagram: (_, to, bytes) => {
        const receiver = [ann, ben, ray].find((device) => formatEndpoint(WHERE[device.id]!) === formatEndpoint(to));
        receiver?.relay.onDatagram(WHERE[id]!, bytes);
      },
      requestLanes: (request) => this.asked.push(request),
      onPacket: (via, from, packet) => this.received.push([via, from, packet.slice()]),
      onUnreachable: (via, peerId) => this.unreachable.push([via, peerId]),
      onChange: () => this.changes++,
      isNeeded: () => this.isNeeded,
    });
  }
}
