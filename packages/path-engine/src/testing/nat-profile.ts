/** The profile that a device behind a simulated NAT would measure. */
import type { NatOptions } from "@pinhole/natsim";
import type { NatProfile } from "@pinhole/protocol/control";

export function profileOf(nat: NatOptions | undefined): NatProfile {
  return {
    udp: nat?.blocksUdp === true ? "blocked" : "ok",
    // A port that is kept as long as it can be looks like one for everybody.
    mapping: nat?.overload === true ? "endpoint-independent" : (nat?.mapping ?? "none"),
    filtering: nat?.filtering ?? "endpoint-independent",
    publicEndpoints: [],
    confidence: 1,
    measuredAt: 0,
  };
}
