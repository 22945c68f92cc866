/** What is inside a probe, once opened. */
import { err, type Result } from "../result.ts";
import { decodePing, PING_TYPE, type Ping } from "./ping.ts";
import { decodePong, PONG_TYPE, type Pong } from "./pong.ts";

export type ProbeMessage = Ping | Pong;

export type ProbeMessageError = "unknown-type" | "wrong-type" | "short" | "unknown-family";

/** An unknown type is a newer peer's, and is left unanswered. */
export function decodeProbeMessage(plaintext: Uint8Array): Result<ProbeMessage, ProbeMessageError> {
  switch (plaintext[0]) {
    case PING_TYPE:
      return decodePing(plaintext);
    case PONG_TYPE:
      return decodePong(plaintext);
    default:
      return err("unknown-type");
  }
}
