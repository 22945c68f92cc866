/**
 * A NAT, or a stateful firewall. It changes packets in place: the source of one that leaves, the
 * destination of one that comes in; or it says why one goes no further.
 */
import { type AddressId, addressOf, type EndpointKey } from "../address-book.ts";
import type { Direction, Packet } from "../packet.ts";
import type { DropReason } from "../place.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { TokenBucket } from "../token-bucket.ts";
import { permitAddress, permits } from "./filtering.ts";
import { type Mapping, newMapping, refresh, type Session, scopeOf } from "./mapping.ts";
import { DEFAULT_TIMEOUTS, type NatOptions, type NatTimeouts } from "./options.ts";
import { PublicPorts } from "./public-ports.ts";
import type { HostUsage } from "./session-count.ts";
import { NatState } from "./state.ts";
import { UnsolicitedRecord } from "./unsolicited.ts";

export class Nat {
  readonly options: NatOptions;
  readonly #timeouts: NatTimeouts;
  readonly #state: NatState;
  readonly #ports: PublicPorts;
  readonly #unsolicited: UnsolicitedRecord;
  readonly #mappingRate: TokenBucket | undefined;

  constructor(options: NatOptions, { addresses, random }: { addresses: readonly AddressId[]; random: SeededRandom }) {
    this.options = options;
    this.#timeouts = options.timeouts ?? DEFAULT_TIMEOUTS;
    this.#state = new NatState(options.limits ?? {}, {
      isOverloaded: options.overload ?? false,
      dependence: options.mapping,
    });
    this.#ports = new PublicPorts(options, { addresses, random, isTaken: (...which) => this.#isTaken(...which) });
    // Where nothing is translated there is no port to take from anybody.
    const cannotPoison = options.mapping === "none" && options.unsolicited?.kind === "confirm";
    this.#unsolicited = new UnsolicitedRecord((cannotPoison ? undefined : options.unsolicited) ?? { kind: "drop" });
    const { newMappings } = options.limits ?? {};
    this.#mappingRate = newMappings && new TokenBucket(newMappings);
  }

  /** Its public addresses. */
  get addresses(): readonly AddressId[] {
    return this.#ports.addresses;
  }

  outbound(packet: Packet, now: number): DropReason | undefined {
    const refusal = this.#inspect(packet, "out");
    if (refusal !== undefined) return refusal;
    const { source: inside, destination: remote } = packet;
    let mapping = this.#find(inside, remote, now);
    const isNew = !hasSession(mapping, remote, now);
    if (mapping === undefined || isNew) {
      const full = this.#admit(addressOf(inside), now);
      if (full !== undefined) return full;
      const found = this.#find(inside, remote, now) ?? this.#make(inside, remote, now);
      if (typeof found === "string") return found;
      mapping = found;
    }
    const session = this.#state.session(mapping, remote, now);
    session.hasOut = true;
    this.#used(mapping, remote, { session, now, refreshes: isNew || this.options.refresh !== "in" });
    packet.source = mapping.outside;
    return undefined;
  }

  inbound(packet: Packet, now: number): DropReason | undefined {
    const refusal = this.#inspect(packet, "in");
    if (refusal !== undefined) return refusal;
    const { source: remote, destination: outside } = packet;
    if (this.#unsolicited.isBlacklisted(remote, now)) return "blacklisted";
    const mapping = this.#accepting(outside, remote, now);
    if (mapping === undefined) return this.#unsolicited.note(remote, outside, now);
    const isNew = !hasSession(mapping, remote, now);
    const full = isNew ? this.#admit(addressOf(mapping.inside), now) : undefined;
    if (full !== undefined) return full;
    const session = this.#state.session(mapping, remote, now);
    session.hasIn = true;
    this.#used(mapping, remote, { session, now, refreshes: isNew || this.options.refresh !== "out" });
    packet.destination = mapping.inside;
    return undefined;
  }

  /** An error that a host inside sends: it follows what stands, and keeps nothing alive. */
  outboundIcmp(packet: Packet, now: number): DropReason | undefined {
    const mapping = this.#find(packet.source, packet.destination, now);
    if (mapping === undefined || !hasSession(mapping, packet.destination, now)) return "unsolicited";
    packet.source = mapping.outside;
    return undefined;
  }

  inboundIcmp(packet: Packet, now: number): DropReason | undefined {
    const mapping = this.#accepting(packet.destination, packet.source, now);
    if (mapping === undefined || !hasSession(mapping, packet.source, now)) return "unsolicited";
    if (packet.icmp?.kind === "time-exceeded" && this.options.timeExceededKills === true) this.#state.remove(mapping);
    packet.destination = mapping.inside;
    return undefined;
  }

  /** Leads a public port to a host inside until then, whoever sends to it: renews what the host has, or makes one. */
  forward({ inside, preferred, until }: Forward, now: number): Readonly<Mapping> | undefined {
    const { table } = this.#state;
    const [known] = table.forwardsOf(inside);
    if (known !== undefined && now < known.expiresAt) {
      known.endsAt = until;
      known.expiresAt = until;
      return known;
    }
    const isFree = (outside: EndpointKey): boolean =>
      !this.#isTaken(outside, NO_REMOTE, now) && this.#state.live(table.forwardAt(outside), now) === undefined;
    const outside = this.options.mapping === "none" ? inside : this.#ports.reserve(inside, { preferred, isFree });
    if (outside === undefined) return undefined;
    const forward = newMapping({ inside, outside, scope: 0, kind: "forward", createdAt: now, endsAt: until });
    this.#state.add(forward);
    return forward;
  }

  /** Takes the forwards of an endpoint inside away, or all of them. */
  unforward(inside?: EndpointKey): void {
    for (const mapping of this.#state.table) {
      if (mapping.kind === "forward" && (inside === undefined || mapping.inside === inside))
        this.#state.remove(mapping);
    }
  }

  /** Everything is forgotten, as in a reboot; with other public addresses where they are given. */
  reset(addresses?: readonly AddressId[]): void {
    this.#state.clear();
    this.#unsolicited.clear();
    this.#ports.reset(addresses);
  }

  /** The mappings that stand, for a look at the truth. */
  *mappings(now: number): Generator<Readonly<Mapping>> {
    for (const mapping of this.#state.table) if (now < mapping.expiresAt) yield mapping;
  }

  /** What it has made so far, in all or for one host inside. */
  usage(host?: AddressId): Readonly<HostUsage> {
    return host === undefined ? this.#state.count.total() : this.#state.count.of(host);
  }

  #inspect(packet: Packet, direction: Direction): DropReason | undefined {
    const { blocksUdp, dropsFragments, dropsPayload } = this.options;
    if (blocksUdp === true) return "udp-blocked";
    if (dropsFragments === true && packet.isFragmented) return "fragment";
    return dropsPayload?.(packet.bytes, direction) === true ? "payload" : undefined;
  }

  /** The mapping that a packet out goes by, if one stands and may be used towards that remote. */
  #find(inside: EndpointKey, remote: EndpointKey, now: number): Mapping | undefined {
    const { table } = this.#state;
    const forward = this.#findForward(inside, remote, now);
    if (forward !== undefined) return forward;
    const diverted = this.#state.live(table.divertedFromInside(inside, remote), now);
    if (diverted !== undefined) return diverted;
    const mapping = this.#state.live(table.fromInside(inside, scopeOf(this.options.mapping, remote)), now);
    if (mapping === undefined || this.#unsolicited.isPoisoned(mapping.outside, { remote, now })) return undefined;
    return mapping;
  }

  /** What came in by a forward is answered by it. A NAT that keeps to one endpoint per socket uses it for everything. */
  #findForward(inside: EndpointKey, remote: EndpointKey, now: number): Mapping | undefined {
    for (const forward of this.#state.table.forwardsOf(inside)) {
      if (this.#state.live(forward, now) === undefined) continue;
      if (hasSession(forward, remote, now) || this.options.mapping === "endpoint-independent") return forward;
    }
    return undefined;
  }

  #make(inside: EndpointKey, remote: EndpointKey, now: number): Mapping | DropReason {
    if (this.#mappingRate?.take(now) === false) return "mapping-rate";
    const outside = this.#choose(inside, remote, now);
    if (outside === undefined) return "no-port";
    const { mapping: dependence, filtering } = this.options;
    const scope = scopeOf(dependence, remote);
    const isDiverted = this.#state.live(this.#state.table.fromInside(inside, scope), now) !== undefined;
    const { mappingMs, unrepliedMs, absoluteMs = Number.POSITIVE_INFINITY } = this.#timeouts;
    const mapping: Mapping = {
      ...newMapping({
        inside,
        outside,
        scope: isDiverted ? remote : scope,
        kind: isDiverted ? "diverted" : "ordinary",
        createdAt: now,
        endsAt: now + absoluteMs,
      }),
      expiresAt: now + Math.min(mappingMs ?? unrepliedMs, absoluteMs),
      permitted: filtering === "address-dependent" ? new Map() : undefined,
    };
    this.#state.add(mapping);
    return mapping;
  }

  #choose(inside: EndpointKey, remote: EndpointKey, now: number): EndpointKey | undefined {
    if (this.options.mapping === "none") return inside;
    if (this.options.overload === true) {
      // Linux looks first for what the same source was last translated to (find_appropriate_src).
      const last = this.#state.live(this.#state.table.newestOf(inside), now);
      if (last !== undefined && !this.#isTaken(last.outside, remote, now)) return last.outside;
    }
    return this.#ports.allocate({ inside, remote, now });
  }

  #accepting(outside: EndpointKey, remote: EndpointKey, now: number): Mapping | undefined {
    const { filtering, overload } = this.options;
    const isLetIn = (mapping: Mapping | undefined): mapping is Mapping =>
      this.#state.live(mapping, now) !== undefined &&
      mapping !== undefined &&
      permits(mapping, remote, { filtering, now });
    const { table } = this.#state;
    const mapping = table.fromOutside(outside, remote);
    if (isLetIn(mapping)) return mapping;
    // A stranger of a port that stands for several mappings comes in by any that its filter opens.
    if (overload === true && filtering !== "address-and-port-dependent") {
      for (const other of table.allFromOutside(outside)) if (isLetIn(other)) return other;
    }
    return this.#state.live(table.forwardAt(outside), now);
  }

  #isTaken(outside: EndpointKey, remote: EndpointKey, now: number): boolean {
    if (this.#state.live(this.#state.table.fromOutside(outside, remote), now) !== undefined) return true;
    // One public port for many remotes may be a forwarded one too: what comes back finds its session first.
    const { overload = false } = this.options;
    if (!overload && this.#state.live(this.#state.table.forwardAt(outside), now) !== undefined) return true;
    return this.#unsolicited.isPoisoned(outside, { remote, now });
  }

  #admit(host: AddressId, now: number): DropReason | undefined {
    const refusal = this.#state.admit(host, now);
    if (refusal === "rebooted") this.reset();
    return refusal;
  }

  #used(mapping: Mapping, remote: EndpointKey, { session, now, refreshes }: Use): void {
    session.usedAt = now;
    if (!refreshes) return;
    refresh(mapping, session, { now, timeouts: this.#timeouts });
    this.#state.expires(session.expiresAt);
    permitAddress(mapping, remote, session);
  }
}

/** No endpoint of the simulation. */
const NO_REMOTE = -1;

export type Forward = {
  readonly inside: EndpointKey;
  /** The public port that is wished for. */
  readonly preferred: number;
  readonly until: number;
};

type Use = { readonly session: Session; readonly now: number; readonly refreshes: boolean };

function hasSession(mapping: Mapping | undefined, remote: EndpointKey, now: number): boolean {
  const session = mapping?.sessions.get(remote);
  return session !== undefined && now < session.expiresAt;
}
