/** NATs by name: the 27 classic types, and the classes that connectivity is planned with. */
import type { AllocationOptions } from "./allocation.ts";
import type { Dependence, NatOptions } from "./options.ts";

const DEPENDENCE = {
  EI: "endpoint-independent",
  AD: "address-dependent",
  PD: "address-and-port-dependent",
} as const satisfies Record<string, Dependence>;

const ALLOCATION = {
  PP: { kind: "preserve", onClash: "random" },
  PC: { kind: "sequential", step: 1 },
  RD: { kind: "random", range: [1_024, 65_535] },
} as const satisfies Record<string, AllocationOptions>;

/** Mapping, allocation, filtering: `EI-PP-PD` maps endpoint-independently, preserves ports, and filters by address and port. */
export type ClassicNat = `${keyof typeof DEPENDENCE}-${keyof typeof ALLOCATION}-${keyof typeof DEPENDENCE}`;

export const CLASSIC_NATS = Object.fromEntries(
  keysOf(DEPENDENCE).flatMap((mapping) =>
    keysOf(ALLOCATION).flatMap((allocation) =>
      keysOf(DEPENDENCE).map((filtering): [ClassicNat, NatOptions] => [
        `${mapping}-${allocation}-${filtering}`,
        {
          mapping: DEPENDENCE[mapping],
          filtering: DEPENDENCE[filtering],
          allocation: ALLOCATION[allocation],
          // A port can be preserved towards every remote only if it may stand for several mappings.
          ...(allocation === "PP" && mapping !== "EI" ? { overload: true } : {}),
        },
      ]),
    ),
  ),
) as Readonly<Record<ClassicNat, NatOptions>>;

/** A Linux router with MASQUERADE, which drops what nobody asked for before it is tracked. */
export const LINUX_NAT: NatOptions = {
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  allocation: ALLOCATION.PP,
  overload: true,
};

export type NatClass = "O" | "F" | "E1" | "E2" | "E3" | "A2" | "As" | "Ar" | "Q" | "Rf" | "Rb" | "R" | "U";

/** Of `O` there is none: a public address. */
export const NAT_CLASSES = {
  O: undefined,
  F: { ...CLASSIC_NATS["EI-PP-PD"], mapping: "none" },
  E1: CLASSIC_NATS["EI-RD-EI"],
  E2: CLASSIC_NATS["EI-RD-AD"],
  E3: LINUX_NAT,
  A2: CLASSIC_NATS["AD-RD-AD"],
  As: CLASSIC_NATS["AD-PC-PD"],
  Ar: CLASSIC_NATS["AD-RD-PD"],
  Q: CLASSIC_NATS["PD-PC-PD"],
  Rf: CLASSIC_NATS["PD-RD-AD"],
  Rb: {
    ...CLASSIC_NATS["PD-RD-PD"],
    allocation: { kind: "block", size: 1_024, maxBlocks: 4, within: "random", isAligned: true },
  },
  R: CLASSIC_NATS["PD-RD-PD"],
  U: { ...LINUX_NAT, blocksUdp: true },
} as const satisfies Record<NatClass, NatOptions | undefined>;

function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}
