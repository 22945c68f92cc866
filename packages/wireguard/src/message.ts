/**
 * What a datagram claims to be, by its first four bytes and its length alone.
 *
 * The type is a 32-bit little-endian number: three reserved bytes that are not zero make
 * it another protocol's. Nothing here is authenticated.
 */
import { MessageType } from "./constants.ts";
import { COOKIE_REPLY_BYTES } from "./cookie-reply.ts";
import { HANDSHAKE_INITIATION_BYTES } from "./handshake-initiation.ts";
import { HANDSHAKE_RESPONSE_BYTES } from "./handshake-response.ts";
import { readU32 } from "./little-endian.ts";
import { MIN_TRANSPORT_DATA_BYTES } from "./transport-data.ts";

export type MessageKind = "handshake-initiation" | "handshake-response" | "cookie-reply" | "transport-data";

export function messageKind(datagram: Uint8Array): MessageKind | "wrong-type" | "wrong-length" {
  const { length } = datagram;
  if (length < 4) return "wrong-length";
  switch (readU32(datagram, 0)) {
    case MessageType.TransportData:
      return length >= MIN_TRANSPORT_DATA_BYTES ? "transport-data" : "wrong-length";
    case MessageType.HandshakeInitiation:
      return length === HANDSHAKE_INITIATION_BYTES ? "handshake-initiation" : "wrong-length";
    case MessageType.HandshakeResponse:
      return length === HANDSHAKE_RESPONSE_BYTES ? "handshake-response" : "wrong-length";
    case MessageType.CookieReply:
      return length === COOKIE_REPLY_BYTES ? "cookie-reply" : "wrong-length";
    default:
      return "wrong-type";
  }
}

/** For a socket shared with other protocols: could this be WireGuard's? */
export function isWireGuard(datagram: Uint8Array): boolean {
  const kind = messageKind(datagram);
  return kind !== "wrong-type" && kind !== "wrong-length";
}
