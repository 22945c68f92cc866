/** The lab's networks in the words of the simulator: what one makes with nftables and the other computes. */
import type { AllocationOptions, NatOptions } from "@pinhole/natsim";
import { type NatBehaviour, type NetworkName, networks, PORT_BLOCK } from "./behaviour.ts";
import { SEQUENTIAL_COUNT, SEQUENTIAL_FIRST } from "./router-rules.ts";

/** What the kernel gives a UDP flow that nobody has answered, and one that was. */
const KERNEL_LIFETIMES_S = { unreplied: 30, assured: 120 } as const;

/** The NATs in front of a host from the inside out; none for a public address. */
export function simulatedNetwork(name: NetworkName): readonly NatOptions[] {
  const { levels, hostFirewall } = networks[name];
  return hostFirewall ? [FIREWALL] : levels.map(simulatedNat);
}

const FIREWALL: NatOptions = {
  mapping: "none",
  filtering: "address-and-port-dependent",
  allocation: { kind: "preserve", onClash: "random" },
};

function simulatedNat(nat: NatBehaviour): NatOptions {
  const { unreplied, assured } = KERNEL_LIFETIMES_S;
  return {
    ...mappingOf(nat),
    filtering: nat.filtering,
    allocation: allocationOf(nat),
    hairpin: nat.hairpin ? "external-source" : "none",
    timeouts: {
      unrepliedMs: 1_000 * (nat.udpLifetimeS ?? unreplied),
      assuredMs: 1_000 * (nat.udpLifetimeS ?? assured),
    },
    unsolicited: nat.unasked === "kept" ? { kind: "confirm", forMs: 1_000 * unreplied } : { kind: "drop" },
    blocksUdp: nat.passes === "tcp-only",
  };
}

/** Conntrack by itself has a mapping for each flow, and one port for as many remote endpoints as there are. */
function mappingOf({
  mapping,
  allocation,
  filtering,
  hairpin,
}: NatBehaviour): Pick<NatOptions, "mapping" | "overload"> {
  const isLearnt = allocation !== "preserving" || filtering !== "address-and-port-dependent" || hairpin;
  if (mapping === "endpoint-independent" && !isLearnt) return { mapping: "address-and-port-dependent", overload: true };
  return { mapping };
}

function allocationOf({ allocation }: NatBehaviour): AllocationOptions {
  switch (allocation) {
    case "preserving":
      return { kind: "preserve", onClash: "random" };
    case "random":
      return { kind: "random", range: [1_024, 65_535] };
    case "random-in-block":
      return { kind: "random", range: [PORT_BLOCK.first, PORT_BLOCK.first + PORT_BLOCK.count - 1] };
    case "sequential":
      return {
        kind: "sequential",
        step: 1,
        start: SEQUENTIAL_FIRST,
        range: [SEQUENTIAL_FIRST, SEQUENTIAL_FIRST + SEQUENTIAL_COUNT - 1],
      };
    default:
      return allocation satisfies never;
  }
}
