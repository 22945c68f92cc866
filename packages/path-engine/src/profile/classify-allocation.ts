/** From the public ports that fresh sockets were given to how the NAT picks them; pure. */
import type { PortAllocation } from "@pinhole/protocol/control";
import { expectRange } from "./port-range.ts";
import type { PortSample } from "./port-sample.ts";
import { findSequence } from "./port-sequence.ts";

export type AllocationVerdict = {
  readonly allocation: PortAllocation;
  readonly arrivalsPerSecond?: number | undefined;
};

/** With so many samples, one may be of a port that another host holds. */
const MIN_SAMPLES_FOR_CLASH = 4;

/** One kept port may be chance, where the NAT draws from the range that the system draws from. */
const MIN_PRESERVED = 2;

/** With fewer there is no verdict: one port may be anything. */
const MIN_SAMPLES = 3;

/** Of these, where two remotes get other ports, the local one is kept for the first remote of a socket only. */
const MIN_MOVED = 2;

type PortsSeen = {
  /** Of fresh sockets, one mapping each. */
  readonly samples: readonly PortSample[];
  /** Of the main socket towards several remotes, in the order in which it asked. */
  readonly main: readonly PortSample[];
  /** Whether these are mappings of their own. */
  readonly isPerRemote: boolean;
};

export function classifyAllocation({ samples, main, isPerRemote }: PortsSeen): AllocationVerdict | undefined {
  if (isPreserving(samples)) {
    const moved = isPerRemote ? main.filter(({ localPort, mapped }) => mapped.port !== localPort) : [];
    if (moved.length < MIN_MOVED) return { allocation: { kind: "preserving" } };
    // What a peer will see is what further remotes see, whatever the first one does.
    return classifyMoving(main, moved);
  }
  return samples.length < MIN_SAMPLES ? undefined : classifyMoving(largestPool(samples), [...samples, ...main]);
}

function classifyMoving(ordered: readonly PortSample[], all: readonly PortSample[]): AllocationVerdict {
  const sequence = findSequence(ordered);
  if (sequence === undefined) {
    return { allocation: { kind: "random", ...expectRange([...new Set(all.map(({ mapped }) => mapped.port))]) } };
  }
  const { step, arrivalsPerSecond } = sequence;
  return { allocation: { kind: "sequential", step }, arrivalsPerSecond };
}

export function isPreserving(samples: readonly PortSample[]): boolean {
  const known = samples.filter(({ localPort }) => localPort !== undefined);
  const preserved = known.filter(({ localPort, mapped }) => mapped.port === localPort).length;
  const clashes = known.length >= MIN_SAMPLES_FOR_CLASH ? 1 : 0;
  return preserved >= MIN_PRESERVED && preserved >= known.length - clashes;
}

/** Each public address counts for itself. */
function largestPool(samples: readonly PortSample[]): readonly PortSample[] {
  const pools = Map.groupBy(samples, ({ mapped }) => mapped.address);
  return [...pools.values()].reduce((largest, pool) => (pool.length > largest.length ? pool : largest), []);
}
