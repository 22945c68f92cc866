export { answerDatagram, type ListeningSocket } from "./answer.ts";
export { type StunServer, type StunServerOptions, startStunServer } from "./stun-server.ts";
