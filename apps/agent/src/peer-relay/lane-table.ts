/**
 * The lanes that this device sends on, receives from or passes packets on for. Sans-I/O: every call brings the time, on
 * the server's clock.
 *
 * A lane is good until it ends, and while the dashboard is away for a day longer: nobody is there to renew it. It is never
 * good for a device that is no peer any more, where the netmap takes the right to relay away, or through a device that has
 * gone or begun anew since: that one knows nothing of it.
 */
import { type DeviceId, fromBase64Url } from "@pinhole/protocol";
import type { NetmapPeer, RelayLane } from "@pinhole/protocol/control";
import { LANE_BYTES } from "@pinhole/protocol/relay";

const OUTAGE_MS = 86_400_000;
/** For a dashboard that is back to be asked. */
const BACK_MS = 30_000;
/** The relaying device hears of a lane at the same time, and not always first. */
const SETTLE_MS = 500;
const MAX_LANES = 4_096;

export type Lane = Pick<RelayLane, "from" | "via" | "to" | "expiresAt"> & {
  readonly bytes: Uint8Array;
  /** For packets of our own. */
  readonly usableAt: number;
};

type Ends = Pick<RelayLane, "from" | "via" | "to">;

export class LaneTable {
  readonly #selfId: DeviceId;
  /** By its bytes, one a character. */
  readonly #lanes = new Map<string, Lane>();
  /** Those that we send on. */
  #own: readonly Lane[] = [];
  #peers: ReadonlyMap<DeviceId, NetmapPeer> = new Map();
  #isControlUp = false;
  #backUntil = Number.NEGATIVE_INFINITY;

  constructor(selfId: DeviceId) {
    this.#selfId = selfId;
  }

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  /** How many we pass packets on for. */
  passedOn(now: number): number {
    return [...this.#lanes.values()].filter((lane) => lane.via === this.#selfId && this.#isGood(lane, now)).length;
  }

  setPeers(peers: ReadonlyMap<DeviceId, NetmapPeer>): void {
    const before = this.#peers;
    this.#peers = peers;
    for (const [key, { from, via, to }] of this.#lanes) {
      const hasBegunAnew = before.get(via)?.probeEpoch !== peers.get(via)?.probeEpoch;
      if (hasBegunAnew || !this.#isRight({ from, via, to })) this.#lanes.delete(key);
    }
    this.#findOwn();
  }

  onControl(isUp: boolean, now: number): void {
    if (isUp && !this.#isControlUp) this.#backUntil = now + BACK_MS;
    this.#isControlUp = isUp;
  }

  add(lanes: readonly RelayLane[], now: number): void {
    for (const [key, lane] of this.#lanes) if (!this.#isGood(lane, now)) this.#lanes.delete(key);
    for (const { id, ...lane } of lanes) {
      const bytes = fromBase64Url(id);
      if (bytes?.length !== LANE_BYTES || !this.#isRight(lane)) continue;
      const key = keyOf(bytes);
      const usableAt = this.#lanes.get(key)?.usableAt ?? now + SETTLE_MS;
      this.#lanes.delete(key);
      this.#lanes.set(key, { ...lane, bytes, usableAt });
    }
    for (const key of this.#lanes.keys()) {
      if (this.#lanes.size <= MAX_LANES) break;
      this.#lanes.delete(key);
    }
    this.#findOwn();
  }

  find(bytes: Uint8Array, now: number): Lane | undefined {
    const lane = this.#lanes.get(keyOf(bytes));
    return lane !== undefined && this.#isGood(lane, now) ? lane : undefined;
  }

  /** For our packets to a peer: of several the one that lasts longest. */
  towards(peerId: DeviceId, via: DeviceId, now: number): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#own) {
      const isWanted = lane.to === peerId && lane.via === via && now >= lane.usableAt;
      if (!isWanted || !this.#isGood(lane, now)) continue;
      if (best === undefined || lane.expiresAt > best.expiresAt) best = lane;
    }
    return best;
  }

  #findOwn(): void {
    this.#own = [...this.#lanes.values()].filter(({ from }) => from === this.#selfId);
  }

  #isGood({ expiresAt }: Lane, now: number): boolean {
    if (now < expiresAt) return true;
    return (!this.#isControlUp || now < this.#backUntil) && now < expiresAt + OUTAGE_MS;
  }

  /** Whoever it names is a peer, and the netmap lets the one in the middle relay. */
  #isRight({ from, via, to }: Ends): boolean {
    if (from === to || from === via || to === via) return false;
    const mayPass = (id: DeviceId): boolean => this.#peers.get(id)?.isRelayed === true;
    if (via === this.#selfId) return mayPass(from) && mayPass(to);
    const other = from === this.#selfId ? to : to === this.#selfId ? from : undefined;
    const between = this.#peers.get(via);
    return other !== undefined && this.#peers.has(other) && between?.mayRelay === true && between.online;
  }
}

const keyOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
