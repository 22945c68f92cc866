/**
 * How many sockets and how many distinct ports meet by chance: `p = 1 − exp(−sockets · holes / ports)`. Pure.
 *
 * Each hole is an entry in the opener's NAT and each socket one in the other's. Routers at home hold a few thousand, and a
 * carrier gives a household a thousand ports: both numbers stay as small as the wanted certainty lets them.
 */
import type { PortRange } from "./strategy.ts";

/** New NAT entries of a host a second: what cheap routers bear. */
export const HOLES_PER_SECOND = 190;

/** Up to here the ports are a carrier's block, or a few. */
const SMALL_RANGE = 4_096;

/** 99.8 % over all ports, and below 1,300 entries a side with everything else that an attempt sends. */
const FULL = { sockets: 340, holes: 1_240 } as const;

/** 99.99 % over 1,024 ports; 97 % over 4,096. */
const SMALL = { sockets: 90, holes: 160 } as const;

/** Sockets of a small block: more would take a household's ports. */
const BLOCK_SHARE = 0.12;
const MIN_SOCKETS = 32;

const FIRST_PORT = 1_024;
const LAST_PORT = 65_535;

export type SprayBudget = { readonly sockets: number; readonly holes: number; readonly ranges: readonly PortRange[] };

export function budgetFor(range: PortRange): SprayBudget {
  const ports = range.last - range.first + 1;
  if (ports > SMALL_RANGE) return { ...FULL, ranges: isEverything(range) ? [range] : [range, ...around(range)] };
  const sockets = Math.max(MIN_SOCKETS, Math.min(SMALL.sockets, Math.ceil(BLOCK_SHARE * ports)));
  return { sockets, holes: Math.min(SMALL.holes, ports), ranges: [range] };
}

const isEverything = ({ first, last }: PortRange): boolean => first <= FIRST_PORT && last >= LAST_PORT;

/** What is outside of a range that is only likely. */
function around({ first, last }: PortRange): PortRange[] {
  return [
    ...(first > FIRST_PORT ? [{ first: FIRST_PORT, last: first - 1 }] : []),
    ...(last < LAST_PORT ? [{ first: last + 1, last: LAST_PORT }] : []),
  ];
}
