import { type KeyObject, sign } from "node:crypto";
import {
  encodeTicketBody,
  joinTicket,
  MAX_TICKET_PEERS,
  type RelayTicket,
  relayTicketSignatureInput,
} from "@pinhole/protocol/relay";

/** Long enough for a session that is slow to renew, short enough that a revoked device is off the relay soon. */
export const TICKET_LIFETIME_MS = 300_000;
/** Two fifths of the lifetime are left for the renewal to arrive. */
export const TICKET_RENEWAL_MS = 180_000;

/** Signs a ticket. A device with more peers than a ticket has room for reaches the first of them over the relay. */
export function issueTicket(key: KeyObject, ticket: RelayTicket): Uint8Array {
  const body = encodeTicketBody({ ...ticket, peers: ticket.peers.slice(0, MAX_TICKET_PEERS) });
  return joinTicket(body, new Uint8Array(sign(null, relayTicketSignatureInput(body), key)));
}
