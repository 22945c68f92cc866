/** The mappings and sessions of a NAT with their clocks: what is over is forgotten, and what does not fit is refused. */
import { addressOf, type EndpointKey } from "../address-book.ts";
import type { DropReason } from "../place.ts";
import type { Mapping, Session } from "./mapping.ts";
import { MappingTable, type MappingTableOptions } from "./mapping-table.ts";
import type { NatLimits } from "./options.ts";
import { SessionCount } from "./session-count.ts";

/** Below this many, clearing away is not worth the walk. */
const MIN_SWEEP = 256;

export class NatState {
  readonly table: MappingTable;
  readonly count = new SessionCount();
  readonly #limits: NatLimits;
  #sweepAt = MIN_SWEEP;
  /** No session ends before this. */
  #nextExpiry = Number.POSITIVE_INFINITY;

  constructor(limits: NatLimits, options: MappingTableOptions) {
    this.#limits = limits;
    this.table = new MappingTable(options);
  }

  /** The mapping, if it has not ended; one that has is forgotten here. */
  live(mapping: Mapping | undefined, now: number): Mapping | undefined {
    if (mapping === undefined || now < mapping.expiresAt) return mapping;
    this.remove(mapping);
    return undefined;
  }

  add(mapping: Mapping): void {
    this.table.add(mapping);
    this.count.of(addressOf(mapping.inside)).mappingsMade++;
  }

  remove(mapping: Mapping): void {
    this.table.remove(mapping);
    for (const _ of mapping.sessions.keys()) this.count.removedSession(addressOf(mapping.inside));
    mapping.sessions.clear();
  }

  /** The session with a remote: its own as long as that lasts, otherwise another one. */
  session(mapping: Mapping, remote: EndpointKey, now: number): Session {
    const known = mapping.sessions.get(remote);
    if (known !== undefined && now < known.expiresAt) return known;
    const host = addressOf(mapping.inside);
    if (known !== undefined) this.count.removedSession(host);
    this.count.madeSession(host);
    const session: Session = { expiresAt: mapping.expiresAt, usedAt: now, hasOut: false, hasIn: false };
    mapping.sessions.set(remote, session);
    if (this.count.sessions + this.table.size > this.#sweepAt) this.sweep(now);
    return session;
  }

  /** Makes room for one more session of `host`, or says why there is none. */
  admit(host: number, now: number): DropReason | undefined {
    const { maxSessions, sessionsPerHost, whenFull = "drop-new" } = this.#limits;
    if (sessionsPerHost !== undefined && this.count.of(host).sessions >= sessionsPerHost) {
      this.#sweepIfWorthwhile(now);
      if (this.count.of(host).sessions >= sessionsPerHost) return "host-quota";
    }
    if (maxSessions === undefined || this.count.sessions < maxSessions) return undefined;
    this.#sweepIfWorthwhile(now);
    if (this.count.sessions < maxSessions) return undefined;
    switch (whenFull) {
      case "drop-new":
        return "session-limit";
      case "reboot":
        return "rebooted";
      case "evict-oldest":
        this.#evictOldest();
        return undefined;
    }
  }

  /** A session is known to last until `expiresAt`. */
  expires(expiresAt: number): void {
    if (expiresAt < this.#nextExpiry) this.#nextExpiry = expiresAt;
  }

  clear(): void {
    this.table.clear();
    this.count.clear();
    this.#nextExpiry = Number.POSITIVE_INFINITY;
  }

  sweep(now: number): void {
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const mapping of this.table) {
      if (this.live(mapping, now) === undefined) continue;
      for (const [remote, { expiresAt }] of mapping.sessions) {
        if (now >= expiresAt) this.#removeSession(mapping, remote);
        else this.expires(expiresAt);
      }
    }
    this.#sweepAt = Math.max(MIN_SWEEP, 2 * (this.count.sessions + this.table.size));
  }

  #sweepIfWorthwhile(now: number): void {
    if (now >= this.#nextExpiry) this.sweep(now);
  }

  #evictOldest(): void {
    let oldest: { mapping: Mapping; remote: EndpointKey; usedAt: number } | undefined;
    for (const mapping of this.table) {
      for (const [remote, { usedAt }] of mapping.sessions) {
        if (oldest === undefined || usedAt < oldest.usedAt) oldest = { mapping, remote, usedAt };
      }
    }
    if (oldest === undefined) return;
    this.#removeSession(oldest.mapping, oldest.remote);
    if (oldest.mapping.sessions.size === 0) this.remove(oldest.mapping);
  }

  #removeSession(mapping: Mapping, remote: EndpointKey): void {
    mapping.sessions.delete(remote);
    this.count.removedSession(addressOf(mapping.inside));
  }
}
