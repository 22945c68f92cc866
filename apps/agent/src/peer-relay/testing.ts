/** Devices, lanes and packets for the tests of this folder. */
import { type DeviceId, toBase64Url } from "@pinhole/protocol";
import type { NetmapPeer, RelayLane } from "@pinhole/protocol/control";

export const ANN: DeviceId = `dev_${"0a".repeat(16)}`;
export const BEN: DeviceId = `dev_${"0b".repeat(16)}`;
export const RAY: DeviceId = `dev_${"0c".repeat(16)}`;

/** Shaped like transport data of WireGuard. */
export const SEALED = new Uint8Array(64).fill(7).fill(0, 0, 4).fill(4, 0, 1);

export function newPeer(id: DeviceId, fields: Partial<NetmapPeer> = {}): NetmapPeer {
  return {
    id,
    name: "peer",
    nodeKey: "",
    addresses: [],
    online: true,
    candidates: [],
    natProfile: null,
    probeEpoch: "first",
    ...fields,
  };
}

export const peersById = (...peers: readonly NetmapPeer[]): ReadonlyMap<DeviceId, NetmapPeer> =>
  new Map(peers.map((peer) => [peer.id, peer]));

export const laneBytes = (mark: number): Uint8Array => new Uint8Array(12).fill(mark);

/** From Ann by Ray to Ben unless told otherwise. */
export function newLane(mark: number, fields: Partial<RelayLane> = {}): RelayLane {
  return { id: toBase64Url(laneBytes(mark)), from: ANN, via: RAY, to: BEN, expiresAt: 300_000, ...fields };
}
