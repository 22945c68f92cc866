/**
 * Probe note: what one side of an attempt tells the other while it runs, or of a path before it moves. It travels over the
 * relay, or by the server where no relay may carry the pair, sealed as every probe is, because there is no direct path yet;
 * nothing answers it.
 *
 *     offset  0      1            17      18      19                                  32·k
 *             +------+------------+-------+-------+-----------------------------------+
 *             | 0x03 | attempt ID | topic | count | count × (endpoint (19), port (2)) |
 *             +------+------------+-------+-------+-----------------------------------+
 *
 *     topic 1  endpoints   our packets to you leave from here, so send here; the port is zero
 *     topic 2  counter     the last port that our sequential NAT gave out; the port is its step, in two's complement
 *     topic 3  openings    our NAT lets you in at this endpoint if you come from that port of yours
 *     topic 4  moving      the path between us is about to end: meet us there; of no attempt, the port is zero
 *
 * The attempt ID is the 16 bytes of the identifier. What follows the last entry is ignored.
 */
import type { Endpoint } from "../endpoint.ts";
import { err, ok, type Result } from "../result.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { readEndpoint, writeEndpoint } from "./endpoint-field.ts";
import { PROBE_BLOCK_BYTES } from "./envelope.ts";

export const NOTE_TYPE = 0x03;
export const MAX_NOTE_ENTRIES = 16;

const ATTEMPT_BYTES = 16;
const TOPICS = ["endpoints", "counter", "openings", "moving"] as const;

/** Of a note that is about no attempt. */
export const NO_ATTEMPT = new Uint8Array(ATTEMPT_BYTES);

export type NoteTopic = (typeof TOPICS)[number];
export type NoteEntry = { readonly endpoint: Endpoint; readonly port: number };

export type Note = {
  readonly kind: "note";
  readonly attempt: Uint8Array;
  readonly topic: NoteTopic;
  readonly entries: readonly NoteEntry[];
};

export function encodeNote({ attempt, topic, entries }: Omit<Note, "kind">): Uint8Array {
  if (attempt.length !== ATTEMPT_BYTES) throw new RangeError(`an attempt ID has ${ATTEMPT_BYTES} bytes`);
  if (entries.length > MAX_NOTE_ENTRIES) throw new RangeError(`a note has at most ${MAX_NOTE_ENTRIES} entries`);
  const writer = new ByteWriter(PROBE_BLOCK_BYTES).u8(NOTE_TYPE).bytes(attempt);
  writer.u8(TOPICS.indexOf(topic) + 1).u8(entries.length);
  for (const { endpoint, port } of entries) {
    writeEndpoint(writer, endpoint);
    writer.u16(port);
  }
  const rest = writer.length % PROBE_BLOCK_BYTES;
  return writer.zeros(rest === 0 ? 0 : PROBE_BLOCK_BYTES - rest).finish();
}

export function decodeNote(
  plaintext: Uint8Array,
): Result<Note, "wrong-type" | "short" | "unknown-family" | "unknown-note"> {
  const reader = new ByteReader(plaintext);
  if (reader.u8() !== NOTE_TYPE) return err("wrong-type");
  const attempt = reader.bytes(ATTEMPT_BYTES);
  const topic = TOPICS[reader.u8() - 1];
  const count = reader.u8();
  if (reader.overran) return err("short");
  if (topic === undefined || count > MAX_NOTE_ENTRIES) return err("unknown-note");
  const entries: NoteEntry[] = [];
  for (let at = 0; at < count; at++) {
    const endpoint = readEndpoint(reader);
    const port = reader.u16();
    if (reader.overran) return err("short");
    if (endpoint === undefined) return err("unknown-family");
    entries.push({ endpoint, port });
  }
  return ok({ kind: "note", attempt, topic, entries });
}
