/** The profile that a device behind a simulated NAT would measure. */
import type { AllocationOptions, NatOptions } from "@pinhole/natsim";
import type { NatProfile, PortAllocation } from "@pinhole/protocol/control";

export function profileOf(nat: NatOptions | undefined): NatProfile {
  return {
    udp: nat?.blocksUdp === true ? "blocked" : "ok",
    // A port that is kept as long as it can be looks like one for everybody.
    mapping: nat?.overload === true ? "endpoint-independent" : (nat?.mapping ?? "none"),
    filtering: nat?.filtering ?? "endpoint-independent",
    ...(nat?.allocation === undefined ? {} : { allocation: allocationOf(nat.allocation) }),
    publicEndpoints: [],
    confidence: 1,
    measuredAt: 0,
  };
}

function allocationOf(allocation: AllocationOptions): PortAllocation {
  switch (allocation.kind) {
    case "preserve":
      return { kind: "preserving" };
    case "sequential":
      return { kind: "sequential", step: allocation.step ?? 1 };
    case "random":
    case "block":
      return { kind: "random", first: 1_024, last: 65_535 };
    default:
      return allocation satisfies never;
  }
}
