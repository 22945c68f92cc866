/** What is inside a probe, once opened. */
import { err, type Result } from "../result.ts";
import { decodeNote, NOTE_TYPE, type Note } from "./note.ts";
import { decodePing, PING_TYPE, type Ping } from "./ping.ts";
import { decodePong, PONG_TYPE, type Pong } from "./pong.ts";

export type ProbeMessage = Ping | Pong | Note;

export type ProbeMessageError = "unknown-type" | "wrong-type" | "short" | "unknown-family" | "unknown-note";

/** An unknown type is a newer peer's, and is left unanswered. */
export function decodeProbeMessage(plaintext: Uint8Array): Result<ProbeMessage, ProbeMessageError> {
  switch (plaintext[0]) {
    case PING_TYPE:
      return decodePing(plaintext);
    case PONG_TYPE:
      return decodePong(plaintext);
    case NOTE_TYPE:
      return decodeNote(plaintext);
    default:
      return err("unknown-type");
  }
}
