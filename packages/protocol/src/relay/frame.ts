/**
 * What an agent and a relay say to each other: one binary WebSocket message is one frame.
 *
 *     type  name         from    after the type byte
 *     0x01  challenge    relay   nonce (32)
 *     0x02  hello        agent   ticket length (u16), ticket, signature (64) over the nonce
 *     0x03  welcome      relay   nothing
 *     0x04  data         both    device id (16): destination upwards, source downwards; sealed packet (1…65,507)
 *     0x05  ping         both    8 bytes
 *     0x06  pong         both    the same 8 bytes
 *     0x07  refused      relay   code (u8), then the connection closes
 *     0x08  new ticket   agent   ticket
 *     0x09  peer absent  relay   device id (16)
 *
 * Integers are big-endian. Bytes after a frame's last field are ignored, so that a newer side may append fields; `data`,
 * `hello` and `new ticket` end where the message ends.
 */
import { type DeviceId, deviceIdFromBytes, ID_BYTES, idToBytes } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import { ByteReader, ByteWriter } from "../wire/index.ts";
import { MAX_TICKET_BYTES } from "./ticket.ts";

export const RELAY_FRAME = {
  challenge: 0x01,
  hello: 0x02,
  welcome: 0x03,
  data: 0x04,
  ping: 0x05,
  pong: 0x06,
  refused: 0x07,
  ticket: 0x08,
  peerAbsent: 0x09,
} as const;

export const RELAY_NONCE_BYTES = 32;
const PING_BYTES = 8;
const SIGNATURE_BYTES = 64;
/** Of a UDP datagram over IPv4: a sealed packet that is longer came from nowhere. */
export const MAX_RELAY_PAYLOAD = 65_507;
export const RELAY_DATA_HEADER_BYTES = 1 + ID_BYTES;
/** The longest frame there is: a hello with a full ticket. */
export const MAX_RELAY_FRAME = 1 + 2 + MAX_TICKET_BYTES + SIGNATURE_BYTES;

export type RelayFrame =
  | { readonly kind: "challenge"; readonly nonce: Uint8Array }
  | { readonly kind: "hello"; readonly ticket: Uint8Array; readonly signature: Uint8Array }
  | { readonly kind: "welcome" }
  /** `payload` is a view into the decoded message, not a copy. */
  | { readonly kind: "data"; readonly deviceId: DeviceId; readonly payload: Uint8Array }
  | { readonly kind: "ping" | "pong"; readonly echo: Uint8Array }
  | { readonly kind: "refused"; readonly code: number }
  | { readonly kind: "ticket"; readonly ticket: Uint8Array }
  | { readonly kind: "peer-absent"; readonly deviceId: DeviceId };

export type RelayFrameError = "short" | "unknown-type" | "too-long";

export function encodeRelayFrame(frame: RelayFrame): Uint8Array {
  switch (frame.kind) {
    case "challenge":
      return fixed(RELAY_FRAME.challenge, frame.nonce, RELAY_NONCE_BYTES);
    case "hello":
      if (frame.signature.length !== SIGNATURE_BYTES) throw new RangeError(`a signature has ${SIGNATURE_BYTES} bytes`);
      return new ByteWriter(3 + frame.ticket.length + SIGNATURE_BYTES)
        .u8(RELAY_FRAME.hello)
        .u16(frame.ticket.length)
        .bytes(frame.ticket)
        .bytes(frame.signature)
        .finish();
    case "welcome":
      return Uint8Array.of(RELAY_FRAME.welcome);
    case "data": {
      const { length } = frame.payload;
      if (length < 1 || length > MAX_RELAY_PAYLOAD)
        throw new RangeError(`a payload has 1..${MAX_RELAY_PAYLOAD} bytes, not ${length}`);
      const bytes = new Uint8Array(RELAY_DATA_HEADER_BYTES + length);
      bytes[0] = RELAY_FRAME.data;
      bytes.set(idToBytes(frame.deviceId), 1);
      bytes.set(frame.payload, RELAY_DATA_HEADER_BYTES);
      return bytes;
    }
    case "ping":
      return fixed(RELAY_FRAME.ping, frame.echo, PING_BYTES);
    case "pong":
      return fixed(RELAY_FRAME.pong, frame.echo, PING_BYTES);
    case "refused":
      return new ByteWriter(2).u8(RELAY_FRAME.refused).u8(frame.code).finish();
    case "ticket":
      if (frame.ticket.length > MAX_TICKET_BYTES)
        throw new RangeError(`a ticket has at most ${MAX_TICKET_BYTES} bytes`);
      return new ByteWriter(1 + frame.ticket.length).u8(RELAY_FRAME.ticket).bytes(frame.ticket).finish();
    case "peer-absent":
      return fixed(RELAY_FRAME.peerAbsent, idToBytes(frame.deviceId), ID_BYTES);
  }
}

export function decodeRelayFrame(bytes: Uint8Array): Result<RelayFrame, RelayFrameError> {
  if (bytes.length > MAX_RELAY_FRAME) return err("too-long");
  const reader = new ByteReader(bytes);
  const frame = readFrame(reader, bytes);
  if (frame === undefined) return err(reader.overran ? "short" : "unknown-type");
  if (reader.overran) return err("short");
  if (frame.kind === "data" && frame.payload.length > MAX_RELAY_PAYLOAD) return err("too-long");
  return ok(frame);
}

function readFrame(reader: ByteReader, bytes: Uint8Array): RelayFrame | undefined {
  switch (reader.u8()) {
    case RELAY_FRAME.challenge:
      return { kind: "challenge", nonce: reader.bytes(RELAY_NONCE_BYTES) };
    case RELAY_FRAME.hello:
      return { kind: "hello", ticket: reader.bytes(reader.u16()), signature: reader.bytes(SIGNATURE_BYTES) };
    case RELAY_FRAME.welcome:
      return { kind: "welcome" };
    case RELAY_FRAME.data: {
      const deviceId = readDeviceId(reader);
      if (reader.remaining === 0) reader.skip(1); // an empty payload is a short frame
      return { kind: "data", deviceId, payload: bytes.subarray(RELAY_DATA_HEADER_BYTES) };
    }
    case RELAY_FRAME.ping:
      return { kind: "ping", echo: reader.bytes(PING_BYTES) };
    case RELAY_FRAME.pong:
      return { kind: "pong", echo: reader.bytes(PING_BYTES) };
    case RELAY_FRAME.refused:
      return { kind: "refused", code: reader.u8() };
    case RELAY_FRAME.ticket:
      return { kind: "ticket", ticket: reader.rest() };
    case RELAY_FRAME.peerAbsent:
      return { kind: "peer-absent", deviceId: readDeviceId(reader) };
    default:
      return undefined;
  }
}

function readDeviceId(reader: ByteReader): DeviceId {
  const bytes = reader.bytes(ID_BYTES);
  return deviceIdFromBytes(reader.overran ? new Uint8Array(ID_BYTES) : bytes);
}

function fixed(type: number, body: Uint8Array, length: number): Uint8Array {
  if (body.length !== length)
    throw new RangeError(`frame 0x${type.toString(16)} carries ${length} bytes, not ${body.length}`);
  return Uint8Array.of(type, ...body);
}
