/** A host, a router or a segment, as the books know it: a name, and what went through and what did not. */

/** Why a packet goes no further. */
export type DropReason =
  // Links and segments.
  | "link-down"
  | "loss"
  | "queue-full"
  | "too-big"
  | "fragment"
  | "udp-blocked"
  | "udp-rate"
  | "ttl"
  | "blackhole"
  | "no-route"
  | "isolated"
  // Routers and firewalls.
  | "unsolicited"
  | "poisoned"
  | "blacklisted"
  | "hairpin-refused"
  | "payload"
  | "no-port"
  | "session-limit"
  | "host-quota"
  | "mapping-rate"
  | "rebooted"
  // Hosts.
  | "host-down"
  | "no-socket";

/** Out and in are a host's own packets, and those that a router lets through to the outside and to the inside. */
export class Place {
  readonly name: string;
  readonly number: number;
  packetsOut = 0;
  packetsIn = 0;
  bytesOut = 0;
  bytesIn = 0;
  readonly #drops = new Map<DropReason, number>();

  constructor(name: string, number: number) {
    this.name = name;
    this.number = number;
  }

  /** Drops by reason; those on a link are its owner's. */
  get drops(): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(this.#drops);
  }

  sent(bytes: number): void {
    this.packetsOut++;
    this.bytesOut += bytes;
  }

  received(bytes: number): void {
    this.packetsIn++;
    this.bytesIn += bytes;
  }

  dropped(reason: DropReason): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
  }
}
