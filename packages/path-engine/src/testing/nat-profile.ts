/** The profile that a device behind a simulated NAT would measure. */
import type { NatProfile } from "@pinhole/protocol/control";
import type { NatKind } from "./sim-nat.ts";

export function profileOf(kind: NatKind | undefined): NatProfile {
  return {
    udp: "ok",
    mapping: kind?.mapping ?? "none",
    filtering: kind?.filtering ?? "endpoint-independent",
    publicEndpoints: [],
    confidence: 1,
    measuredAt: 0,
  };
}
