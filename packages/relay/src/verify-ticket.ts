/** Whether a ticket is this server's, and whether it is its holder who shows it. Needs nothing but the server's public key. */
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

/** Says nothing of its end: see {@link TicketTerms}. */
export function verifyTicket(bytes: Uint8Array, publicKey: KeyObject): Result<RelayTicket, RelayRefusal> {
  const decoded = decodeTicket(bytes);
  if (!decoded.ok) return err("bad-ticket");
  const { ticket, body, signature } = decoded.value;
  return verify(null, relayTicketSignatureInput(body), publicKey, signature) ? ok(ticket) : err("bad-ticket");
}

type Answer = { readonly nonce: Uint8Array; readonly relayName: string; readonly signature: Uint8Array };

/** Whether the challenge was signed by the device that the ticket was made out to. */
export function isSignedByHolder({ identityKey }: RelayTicket, { nonce, relayName, signature }: Answer): boolean {
  const key = importIdentityKey(identityKey);
  return key !== undefined && verify(null, relayHelloSignatureInput(nonce, relayName), key, signature);
}
