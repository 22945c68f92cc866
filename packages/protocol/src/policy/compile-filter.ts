/**
 * The filter as it is enforced: at every inner packet, on the device that receives it. The same code answers on the
 * server and in the browser, so that what is explained is what is done.
 *
 * Default deny: no rule, no passage. No strings and no allocation for each packet.
 */
import { addressFamily, addressToBytes } from "../address.ts";
import { AddressSet } from "./address-set.ts";
import type { FilterRule } from "./filter-rule.ts";
import { PROTOCOL } from "./protocol-number.ts";

/**
 * Where an inner packet's fields stand. The caller may fill one object again and again.
 *
 * `bytes` holds both addresses, of 4 or 16 bytes as `family` says, at `srcAt` and `dstAt`: in a packet as it came, 12 and
 * 16 for IPv4, 8 and 24 for IPv6.
 */
export type FilterPacket = {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly srcAt: number;
  readonly dstAt: number;
  readonly protocol: number;
  /** 0 where the protocol has none. */
  readonly dstPort: number;
};

export type PacketFilter = (packet: FilterPacket) => boolean;

export function compileFilter(rules: readonly FilterRule[]): PacketFilter {
  const find = compileMatcher(rules);
  return (packet) => find(packet) >= 0;
}

export type Verdict = {
  readonly allowed: boolean /** The first rule that lets it in. */;
  readonly ruleIndex: number | null;
};

/** One question, in words; for a page that explains and for tests. */
export function evaluate(
  rules: readonly FilterRule[],
  packet: { readonly src: string; readonly dst: string; readonly protocol: number; readonly dstPort?: number },
): Verdict {
  const [src, dst] = [addressToBytes(packet.src), addressToBytes(packet.dst)];
  if (src.length !== dst.length) return { allowed: false, ruleIndex: null };
  const bytes = Uint8Array.of(...src, ...dst);
  const family = addressFamily(packet.src);
  const ruleIndex = compileMatcher(rules)({
    family,
    bytes,
    srcAt: 0,
    dstAt: src.length,
    protocol: packet.protocol,
    dstPort: packet.dstPort ?? 0,
  });
  return ruleIndex < 0 ? { allowed: false, ruleIndex: null } : { allowed: true, ruleIndex };
}

type CompiledRule = {
  readonly index: number;
  readonly src: AddressSet;
  readonly dst: AddressSet;
  /** Three numbers an entry: protocol, first port, last port. */
  readonly allow: Int32Array;
};

const ANY = -1;

function compileMatcher(rules: readonly FilterRule[]): (packet: FilterPacket) => number {
  const v4 = compileFamily(rules, 4);
  const v6 = compileFamily(rules, 6);
  // Services first: they are the cheapest to compare, and all rules of a device have its own addresses as destination.
  return ({ family, bytes, srcAt, dstAt, protocol, dstPort }) => {
    if (family === 4) {
      const src = word(bytes, srcAt);
      const dst = word(bytes, dstAt);
      for (const rule of v4) {
        if (allows(rule.allow, protocol, dstPort) && rule.dst.hasV4(dst) && rule.src.hasV4(src)) return rule.index;
      }
      return -1;
    }
    for (const rule of v6) {
      if (allows(rule.allow, protocol, dstPort) && holds(rule.dst, bytes, dstAt) && holds(rule.src, bytes, srcAt))
        return rule.index;
    }
    return -1;
  };
}

function compileFamily(rules: readonly FilterRule[], family: 4 | 6): readonly CompiledRule[] {
  return rules
    .map((rule, index) => ({
      index,
      src: new AddressSet(family, rule.src),
      dst: new AddressSet(family, rule.dst),
      allow: Int32Array.from(
        rule.allow.flatMap(({ protocol, ports }) => [protocol ?? ANY, ports?.[0] ?? ANY, ports?.[1] ?? ANY]),
      ),
    }))
    .filter(({ src, dst }) => !src.isEmpty && !dst.isEmpty);
}

function allows(allow: Int32Array, protocol: number, dstPort: number): boolean {
  for (let at = 0; at < allow.length; at += 3) {
    const allowed = allow[at];
    if (allowed !== ANY && allowed !== protocol) continue;
    const first = allow[at + 1] ?? ANY;
    if (first === ANY) return true;
    // A port in a protocol without ports is a number that nobody wrote down.
    const hasPorts = protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp;
    if (hasPorts && dstPort >= first && dstPort <= (allow[at + 2] ?? ANY)) return true;
  }
  return false;
}

function holds(set: AddressSet, bytes: Uint8Array, at: number): boolean {
  return set.hasV6(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12));
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}
