export type {
  LocalInfo,
  LocalSocket,
  PathDistance,
  PathEffects,
  PathEngineOptions,
  PathSnapshot,
  PeerInfo,
  RefusalCode,
  Route,
  SocketId,
} from "./contract.ts";
export { PathEngine } from "./engine.ts";
export {
  NatProfiler,
  type ProfilerEffects,
  type ProfilerLocal,
  type ProfilerOptions,
  type ServerAnswer,
} from "./profile/index.ts";
export { SocketIds } from "./socket-ids.ts";
export * from "./stun/index.ts";
