export { HandClock, type SentProbe } from "./hand-clock.ts";
export { profileOf } from "./nat-profile.ts";
export { SeededRandom } from "./seeded-random.ts";
export { SimAgent, type SimAgentOptions, type SimWorld } from "./sim-agent.ts";
export { SERVER_EPOCH_MS, SimCoordinator } from "./sim-coordinator.ts";
export { type Dependence, NAT, type NatKind, SimNat } from "./sim-nat.ts";
export { type Line, type Packet, Segment, SimNetwork, SimSocket } from "./sim-network.ts";
export { introduce, newTwoAgents, newWorld, type TwoAgents, type TwoAgentsOptions } from "./two-agents.ts";
export { VirtualTime } from "./virtual-time.ts";
