/**
 * What is signed. Each input begins with words of its own, so that a signature made for one purpose is never good for
 * another.
 */
const HELLO_CONTEXT = new TextEncoder().encode("pinhole relay hello v1");
const TICKET_CONTEXT = new TextEncoder().encode("pinhole relay ticket v1");

/**
 * By the device's identity key: whoever presents the ticket is the device that it was made out to. The name is that of the
 * relay, empty for the dashboard's own: a relay that passes another's challenge on gets an answer that is no good there.
 */
export function relayHelloSignatureInput(nonce: Uint8Array, relayName: string): Uint8Array {
  return Uint8Array.of(...HELLO_CONTEXT, ...nonce, ...new TextEncoder().encode(relayName));
}

/** By the server's ticket key, over everything of a ticket that stands before its signature. */
export function relayTicketSignatureInput(body: Uint8Array): Uint8Array {
  const input = new Uint8Array(TICKET_CONTEXT.length + body.length);
  input.set(TICKET_CONTEXT);
  input.set(body, TICKET_CONTEXT.length);
  return input;
}
