export {
  decodeEnvelope,
  type Envelope,
  type EnvelopeHeader,
  encodeEnvelopeHeader,
  PROBE_BLOCK_BYTES,
  PROBE_HEADER_BYTES,
  PROBE_MAX_BLOCKS,
  PROBE_TAG_BYTES,
} from "./envelope.ts";
export { decodeProbeMessage, type ProbeMessage, type ProbeMessageError } from "./message.ts";
export {
  decodeNote,
  encodeNote,
  MAX_NOTE_ENTRIES,
  NO_ATTEMPT,
  type Note,
  type NoteEntry,
  type NoteTopic,
} from "./note.ts";
export { decodePing, encodePing, type Ping, TX_ID_BYTES } from "./ping.ts";
export { decodePong, encodePong, type Pong } from "./pong.ts";
