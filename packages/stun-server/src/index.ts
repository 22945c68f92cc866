export { type StunServer, type StunServerOptions, startStunServer } from "./stun-server.ts";
