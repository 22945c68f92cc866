/**
 * What a standing path of one peer needs: pings that keep and judge it, a second way that is
 * kept warm, and looks for a better one. Which pair is the path is {@link PeerPath}'s to say.
 */
import { addressFamily, type Endpoint } from "@pinhole/protocol";
import type { SocketId } from "./contract.ts";
import type { DataWatch } from "./data-watch.ts";
import { IDLE_PING_MS, pathKeepalive } from "./keepalive.ts";
import { type Pair, pathTypeOf } from "./pair.ts";
import type { PairTable } from "./pair-table.ts";
import { NarrowWays } from "./narrow-ways.ts";
import { PathMtu, type SizedPing } from "./path-mtu.ts";
import { PathRotation } from "./path-rotation.ts";
import { rankOf } from "./path-preference.ts";
import type { Peer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";
import type { PeerPath } from "./peer-path.ts";

/** How often better kinds of pairs are looked for while packets flow; soon after a path was found, then seldom. */
const FIRST_UPGRADE_MS = 5_000;
const UPGRADE_MS = 60_000;

export type PathUpkeepOptions = {
  readonly peer: Peer;
  readonly host: PeerHost;
  readonly pairs: PairTable;
  readonly path: PeerPath;
  readonly data: DataWatch;
};

export class PathUpkeep {
  readonly #peer: Peer;
  readonly #host: PeerHost;
  readonly #pairs: PairTable;
  readonly #path: PeerPath;
  readonly #data: DataWatch;
  readonly #mtu = new PathMtu();
  readonly #narrow = new NarrowWays();
  readonly #rotation: PathRotation;
  #upgradeAt = Number.POSITIVE_INFINITY;
  #wasSuspect = false;
  /** A path that was pinged more seldom than one does without knowledge was lost: what was learnt is not so here. */
  #distrustsLifetimes = false;

  constructor({ peer, host, pairs, path, data }: PathUpkeepOptions) {
    this.#peer = peer;
    this.#host = host;
    this.#pairs = pairs;
    this.#path = path;
    this.#data = data;
    this.#rotation = new PathRotation({ peer, host, pairs, path });
  }

  onSelected(now: number): void {
    this.#upgradeAt = now + FIRST_UPGRADE_MS;
  }

  /** Where either side can be reached has changed: there may be something better than the path. */
  onReachability(now: number): void {
    this.#path.check(now);
    this.#upgradeAt = now;
  }

  onNetworkChange(): void {
    this.#narrow.clear();
    this.#distrustsLifetimes = false;
  }

  /** The peer will be found at another endpoint from now on. */
  onMoving(endpoint: Endpoint, now: number): void {
    this.#rotation.onMoving(endpoint, now);
  }

  /** A pong that proved `pair`. True when the path moved to it. */
  onPong(pair: Pair, now: number): boolean {
    if (!this.#rotation.onPong(pair)) return this.#path.onPong(pair, now);
    this.#path.moveTo(pair, now);
    return true;
  }

  /** Sockets that the path is on, may go to at once, or is about to move to. */
  sockets(now: number): readonly (SocketId | undefined)[] {
    return [this.#path.active?.socket, this.#standby(now)?.socket, this.#rotation.socket];
  }

  onSizedPong(pair: Pair, size: SizedPing, now: number): void {
    this.#mtu.onPong(pair, size, now);
  }

  /** How often the pair is pinged while it is kept without being used. What was learnt is of IPv4's NATs. */
  keepaliveMs({ endpoint }: Pair): number {
    if (this.#distrustsLifetimes || addressFamily(endpoint.address) === 6) return IDLE_PING_MS;
    return pathKeepalive(this.#host.surroundings().natProfile, this.#peer.info.natProfile);
  }

  /** What the path carries; undefined when it is not known. */
  get pathMtuBytes(): number | undefined {
    return this.#path.active === undefined ? undefined : this.#mtu.bytes;
  }

  /** The way to there has carried small packets only. */
  isTooNarrow(pair: Pair, now: number): boolean {
    return this.#canRelay() && this.#narrow.has(pair, now);
  }

  hasNarrowWays(now: number): boolean {
    return !this.#narrow.isEmpty(now);
  }

  /** Does what is due. Where it says more than `kept`, somebody has to see to the next path. */
  keep(now: number): "kept" | "suspected" | "lost" {
    const active = this.#path.active;
    // Without the relay a path that may be deaf is still the best there is.
    const isDeaf = this.#host.surroundings().isRelayUp && this.#data.isDeaf(now, this.#path.selectedAt);
    if (active !== undefined && isDeaf) {
      this.#data.shun(active, now);
      this.#path.drop();
      return "lost";
    }
    if (active !== undefined) this.#path.idlePingMs = this.keepaliveMs(active);
    const { ping, suspected, lost } = this.#path.tick(now);
    if (lost && !this.#path.isSending(now) && this.#path.idlePingMs > IDLE_PING_MS) this.#distrustsLifetimes = true;
    if (ping && active !== undefined) this.#host.ping(this.#peer, active, "keep");
    if (suspected || lost) this.#pingOthers(active);
    const standby = this.#standby(now);
    if (standby !== undefined && now >= this.#standbyAt(now)) this.#host.ping(this.#peer, standby, "keep");
    this.#rotation.tick(now);
    if (this.#measure(now) || lost) return "lost";
    return suspected ? "suspected" : "kept";
  }

  seekUpgrade(now: number): void {
    if (this.#path.active === undefined || !this.#path.isSending(now) || now < this.#upgradeAt) return;
    this.#upgradeAt = now + UPGRADE_MS;
    for (const pair of this.#pairs.named()) {
      if (this.#path.isUpgrade(pair)) this.#host.ping(this.#peer, pair, "seek");
    }
  }

  nextDeadline(now: number): number {
    const mayUpgrade = this.#path.active !== undefined && this.#path.isSending(now);
    const { isSuspect } = this.#path;
    return Math.min(
      this.#path.nextDeadline(now),
      this.#rotation.nextDeadline(now),
      isSuspect ? Number.POSITIVE_INFINITY : this.#mtu.nextDeadline(this.#path.isSending(now)),
      this.#standbyAt(now),
      mayUpgrade ? this.#upgradeAt : Number.POSITIVE_INFINITY,
    );
  }

  /** The best of the other proven pairs: kept alive, so that there is somewhere to go at once. */
  #standby(now: number): Pair | undefined {
    const active = this.#path.active;
    if (active === undefined) return undefined;
    const others = this.#pairs.all().filter((pair) => pair !== active && pair.isVerified(now));
    const cost = (pair: Pair): number => this.#rank(pair) * 1e6 + (pair.stats.rttMs ?? 0);
    return others.toSorted((a, b) => cost(a) - cost(b))[0];
  }

  /** How long a packet the path carries. True when it carries too little to be one, and there is the relay. */
  #measure(now: number): boolean {
    const { active, isSuspect } = this.#path;
    this.#mtu.follow(active, now);
    if (this.#wasSuspect && !isSuspect) this.#mtu.recheck(now);
    this.#wasSuspect = isSuspect;
    if (active === undefined || isSuspect) return false;
    const size = this.#mtu.take(now, this.#path.isSending(now));
    if (this.#mtu.isBlackHole && this.#canRelay()) {
      this.#narrow.add(active, now);
      this.#path.drop();
      this.#mtu.follow(undefined, now);
      return true;
    }
    if (size === undefined) return false;
    this.#host.pingSized(this.#peer, active, size);
    // Whether only the long ones are lost.
    if (size.repeats) this.#host.ping(this.#peer, active, "keep");
    return false;
  }

  #canRelay(): boolean {
    return this.#host.surroundings().isRelayUp && this.#peer.info.transport !== "direct-only";
  }

  #standbyAt(now: number): number {
    const standby = this.#standby(now);
    return standby === undefined ? Number.POSITIVE_INFINITY : standby.pingedAt + this.keepaliveMs(standby);
  }

  #rank(pair: Pair): number {
    return rankOf({ type: pathTypeOf(pair, this.#host.surroundings().vicinity) });
  }

  /** Every other way, now that the one in use is in doubt. */
  #pingOthers(active: Pair | undefined): void {
    for (const pair of this.#pairs.all()) if (pair !== active) this.#host.ping(this.#peer, pair, "seek");
  }
}
