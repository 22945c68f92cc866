/** Whether a ticket is this server's and still good. Needs nothing but the server's public key. */
import { type KeyObject, verify } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol";
import {
  decodeTicket,
  type RelayRefusal,
  type RelayTicket,
  relayHelloSignatureInput,
  relayTicketSignatureInput,
} from "@pinhole/protocol/relay";
import { importIdentityKey } from "./identity-key.ts";

export function verifyTicket(bytes: Uint8Array, publicKey: KeyObject, now: number): Result<RelayTicket, RelayRefusal> {
  const decoded = decodeTicket(bytes);
  if (!decoded.ok) return err("bad-ticket");
  const { ticket, body, signature } = decoded.value;
  if (!verify(null, relayTicketSignatureInput(body), publicKey, signature)) return err("bad-ticket");
  return ticket.expiresAt > now ? ok(ticket) : err("ticket-expired");
}

/** Whether the challenge was signed by the device that the ticket was made out to. */
export function isSignedByHolder({ identityKey }: RelayTicket, nonce: Uint8Array, signature: Uint8Array): boolean {
  const key = importIdentityKey(identityKey);
  return key !== undefined && verify(null, relayHelloSignatureInput(nonce), key, signature);
}
