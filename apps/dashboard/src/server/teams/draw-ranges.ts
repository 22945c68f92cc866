import { randomBytes, randomInt } from "node:crypto";
import { addressFromBytes, formatPrefix, overlaps, type Prefix, prefixOf } from "@pinhole/protocol";

/** 100.64.0.0/10 has this many blocks of 4,096 addresses. */
const BLOCKS = 1 << 10;
const BLOCK_BITS = 20;

/** Ranges that other products serve from on the device itself: resolvers and the like would be cut off. */
const AVOIDED: readonly Prefix[] = [
  { address: "100.100.100.0", length: 24 },
  { address: "100.115.92.0", length: 23 },
];

/**
 * A random /20 of 100.64.0.0/10. Random, so that a device that is in two teams, of two servers even, seldom meets the
 * same addresses twice; `taken` are those of this server's other teams.
 */
export function drawIpv4Range(taken: ReadonlySet<string>, draw: (below: number) => number = randomInt): string {
  const free = Array.from({ length: BLOCKS }, (_, block) => ipv4Block(block)).filter(
    (range) => !AVOIDED.some((avoided) => overlaps(range, avoided)),
  );
  const untaken = free.filter((range) => !taken.has(formatPrefix(range)));
  // Teams may share a range when a server has more of them than ranges: they never meet.
  const choice = untaken.length > 0 ? untaken : free;
  return formatPrefix(choice[draw(choice.length)] ?? ipv4Block(0));
}

function ipv4Block(block: number): Prefix {
  return {
    address: addressFromBytes(Uint8Array.of(100, 64 | (block >> 4), (block & 0xf) << 4, 0)),
    length: BLOCK_BITS,
  };
}

/** A random unique local /48 (RFC 4193 §3.1: fd and 40 random bits). */
export function drawIpv6Range(): string {
  const bytes = new Uint8Array(16);
  bytes.set([0xfd, ...randomBytes(5)]);
  return formatPrefix(prefixOf(addressFromBytes(bytes), 48));
}
