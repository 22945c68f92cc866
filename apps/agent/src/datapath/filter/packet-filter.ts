/**
 * What may pass between the tunnel and the host: a packet is read strictly, then must come
 * from and go to whom its addresses say, and what comes in must be allowed by policy or be the
 * answer to something that we began. Default deny.
 *
 * Verdicts are reasons to be counted, undefined for "pass".
 */
import type { AddressMap } from "../packet/address-map.ts";
import type { InnerPacket } from "../packet/inner-packet.ts";
import { isEchoRequest } from "../packet/icmp-echo.ts";
import { ICMP, ICMPV6, TCP, UDP } from "../packet/protocol-numbers.ts";
import type { PacketFilter as PolicyFilter } from "@pinhole/protocol/policy";
import { type FlowKey, FlowTable } from "./flow-table.ts";
import { PassedFlow } from "./passed-flow.ts";
import { readQuotedFlow } from "./quoted-flow.ts";

export type FilterReason =
  | "own-source"
  | "spoofed-source"
  | "foreign-source"
  | "foreign-destination"
  | "fragment-unmatched"
  | "policy";

export type FilterState<Peer> = {
  readonly selfAddresses: AddressMap<true>;
  readonly owners: AddressMap<Peer>;
  /** The team's policy. */
  readonly allows: PolicyFilter;
};

const MINUTE_MS = 60_000;
/** RFC 5382 §5: what a NAT must give an established connection that says nothing. */
const TCP_LIFETIME_MS = 124 * MINUTE_MS;
/** RFC 5382 §5, too: a connection that is closing. */
const TCP_CLOSING_MS = 4 * MINUTE_MS;
/** Above the two minutes of RFC 4787 §4.3. */
const UDP_LIFETIME_MS = 3 * MINUTE_MS;
/** RFC 5508 §3.2. */
const ECHO_LIFETIME_MS = MINUTE_MS;
/** How long hosts wait for the rest of a packet (RFC 8200 §4.5). */
const FRAGMENT_LIFETIME_MS = MINUTE_MS;

const MAX_FLOWS = 16_384;
const MAX_FRAGMENTED = 512;

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** No protocol: keeps the fragments' table apart from any flow, should they ever share one. */
const FRAGMENT_KEY = 0x1000;

export class PacketFilter<Peer> {
  readonly #flows = new FlowTable(MAX_FLOWS);
  /** Packets whose first fragment passed: the others carry no ports to judge by. */
  readonly #fragmented = new FlowTable(MAX_FRAGMENTED);
  readonly #now: () => number;
  readonly #passed = new PassedFlow<Peer>();
  #state: FilterState<Peer>;

  constructor(now: () => number, state: FilterState<Peer>) {
    this.#now = now;
    this.#state = state;
  }

  /** Flows stay known: a change of policy ends theirs that it forbids, both ways, and not what we began. */
  configure(state: FilterState<Peer>): void {
    this.#state = state;
    this.#flows.rejudge();
    this.#passed.forget();
  }

  /** A packet of the host that is about to be sealed. */
  outbound(packet: InnerPacket): FilterReason | undefined {
    if (!this.#isOurs(packet, packet.srcAt)) return "foreign-source";
    if (packet.isLaterFragment) return undefined;
    const now = this.#now();
    const flow = flowOf(packet, packet.srcAt);
    if (!opensAnew(packet) && this.#flows.isCut(flow, now, this.#mayEnter)) {
      // For as long as the host goes on with it: forgotten, it would look like one that we begin.
      this.#flows.touch(flow, now, TCP_LIFETIME_MS);
      return "policy";
    }
    switch (packet.protocol) {
      case TCP:
        // Only a first SYN opens: an answer to their connection must not make it ours.
        if ((packet.tcpFlags & (SYN | ACK)) === SYN) {
          this.#flows.open(flow, { owner: "ours", now, lifetimeMs: TCP_LIFETIME_MS });
        } else this.#flows.touch(flow, now, tcpLifetime(packet));
        return undefined;
      case UDP:
        this.#touchOrOpen(flow, "ours", UDP_LIFETIME_MS);
        return undefined;
      case ICMP:
      case ICMPV6:
        if (isEchoRequest(packet)) this.#touchOrOpen(flow, "ours", ECHO_LIFETIME_MS);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Whether policy lets in a packet of a flow of theirs. */
  readonly #mayEnter = ({ bytes, localAt, remoteAt, addressBytes, localPort, protocol }: FlowKey): boolean =>
    this.#state.allows({
      family: addressBytes === 4 ? 4 : 6,
      bytes,
      srcAt: remoteAt,
      dstAt: localAt,
      protocol,
      dstPort: localPort,
    });

  /** A packet that `peer`'s session authenticated, and that claims whatever it likes. */
  inbound(peer: Peer, packet: InnerPacket): FilterReason | undefined {
    const now = this.#now();
    if (this.#passed.has(peer, packet, now)) return undefined;
    const refusal = this.#judge(peer, packet, now);
    if (refusal === undefined) this.#passed.keep(peer, packet, now);
    return refusal;
  }

  #judge(peer: Peer, packet: InnerPacket, now: number): FilterReason | undefined {
    const { bytes, srcAt, dstAt, addressBytes } = packet;
    if (this.#isOurs(packet, srcAt)) return "own-source";
    if (this.#state.owners.get(bytes, srcAt, addressBytes) !== peer) return "spoofed-source";
    if (!this.#isOurs(packet, dstAt)) return "foreign-destination";

    if (packet.isLaterFragment) {
      return this.#fragmented.touch(fragmentOf(packet), now, FRAGMENT_LIFETIME_MS) ? undefined : "fragment-unmatched";
    }
    if (!this.#admits(peer, packet, now)) return "policy";
    if (packet.isFragment) {
      this.#fragmented.open(fragmentOf(packet), { owner: "ours", now, lifetimeMs: FRAGMENT_LIFETIME_MS });
    }
    return undefined;
  }

  #admits(peer: Peer, packet: InnerPacket, now: number): boolean {
    const flow = flowOf(packet, packet.dstAt);
    if (!this.#state.allows(packet)) {
      if (this.#flows.ownerOf(flow, now) === "ours" && !opensAnew(packet)) {
        return this.#flows.touch(flow, now, tcpLifetime(packet));
      }
      return this.#isErrorAboutUs(peer, packet, now);
    }
    if (packet.protocol === TCP) this.#touchOrOpen(flow, "theirs", tcpLifetime(packet));
    else if (packet.protocol === UDP) this.#touchOrOpen(flow, "theirs", UDP_LIFETIME_MS);
    else if (isEchoRequest(packet)) this.#touchOrOpen(flow, "theirs", ECHO_LIFETIME_MS);
    return true;
  }

  /**
   * An ICMP error that quotes a packet of a known flow: without these, paths with a small MTU hang. It comes from the
   * flow's own other end, for nobody else is on the way to it.
   */
  #isErrorAboutUs(peer: Peer, packet: InnerPacket, now: number): boolean {
    const quoted = readQuotedFlow(packet);
    if (quoted === undefined) return false;
    const { bytes } = packet;
    const { localAt, remoteAt, addressBytes } = quoted;
    if (this.#state.selfAddresses.get(bytes, localAt, addressBytes) === undefined) return false;
    if (this.#state.owners.get(bytes, remoteAt, addressBytes) !== peer) return false;
    return this.#flows.ownerOf(quoted, now) !== undefined;
  }

  #isOurs({ bytes, addressBytes }: InnerPacket, at: number): boolean {
    return this.#state.selfAddresses.get(bytes, at, addressBytes) !== undefined;
  }

  #touchOrOpen(flow: FlowKey, owner: "ours" | "theirs", lifetimeMs: number): void {
    const now = this.#now();
    if (!this.#flows.touch(flow, now, lifetimeMs)) this.#flows.open(flow, { owner, now, lifetimeMs });
  }
}

/** Something that only who begins a flow sends: never a reply, whatever flow it names. */
function opensAnew(packet: InnerPacket): boolean {
  if (packet.protocol === TCP) return (packet.tcpFlags & (SYN | ACK)) === SYN;
  return isEchoRequest(packet);
}

function tcpLifetime({ protocol, tcpFlags }: InnerPacket): number {
  return protocol === TCP && (tcpFlags & (FIN | RST)) !== 0 ? TCP_CLOSING_MS : TCP_LIFETIME_MS;
}

/** `localAt` says which of the two addresses is ours. */
function flowOf(packet: InnerPacket, localAt: number): FlowKey {
  const { bytes, srcAt, dstAt, addressBytes, srcPort, dstPort, protocol } = packet;
  const isOutbound = localAt === srcAt;
  return {
    bytes,
    localAt,
    remoteAt: isOutbound ? dstAt : srcAt,
    addressBytes,
    localPort: isOutbound ? srcPort : dstPort,
    remotePort: isOutbound ? dstPort : srcPort,
    protocol,
  };
}

function fragmentOf({ bytes, srcAt, dstAt, addressBytes, fragmentId }: InnerPacket): FlowKey {
  return {
    bytes,
    localAt: dstAt,
    remoteAt: srcAt,
    addressBytes,
    localPort: fragmentId >>> 16,
    remotePort: fragmentId & 0xffff,
    protocol: FRAGMENT_KEY,
  };
}
