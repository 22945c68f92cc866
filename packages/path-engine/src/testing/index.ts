export { HandClock, type SentProbe } from "./hand-clock.ts";
export { profileOf } from "./nat-profile.ts";
export { SimAgent, type SimAgentOptions, type SimWorld } from "./sim-agent.ts";
export { SERVER_EPOCH_MS, SimCoordinator } from "./sim-coordinator.ts";
export { addRouter, introduce, newTwoAgents, newWorld, type TwoAgents, type TwoAgentsOptions } from "./two-agents.ts";
