export { answerDatagram, type ListeningSocket } from "./answer.ts";
export { EndpointProof } from "./endpoint-proof.ts";
export { type StunServer, type StunServerOptions, startStunServer } from "./stun-server.ts";
