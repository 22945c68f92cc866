export {
  type Behaviour,
  classifyNat,
  type FilteringTest,
  type NatClass,
  type NatMeasurement,
  type Observation,
} from "./classify-nat.ts";
export { StunClient, type StunEffect, type StunOutcome, type StunQuery } from "./stun-client.ts";
