export type {
  LocalInfo,
  LocalSocket,
  PathEffects,
  PathEngineOptions,
  PathSnapshot,
  PeerInfo,
  RefusalCode,
  Route,
  SocketId,
} from "./contract.ts";
export { PathEngine } from "./engine.ts";
export * from "./stun/index.ts";
