/**
 * Whether bytes have the outer shape of a WireGuard message, which is all that a relay carries.
 *
 * A relay forwards for whoever holds a ticket; were it to take any payload, it would carry any protocol. Probes between
 * agents are shaped like transport data and pass.
 */
const MESSAGE_LENGTHS: readonly (number | undefined)[] = [undefined, 148, 92, 64];
const TRANSPORT_DATA = 4;
/** Header and tag around no plaintext: a keepalive. */
const SHORTEST_TRANSPORT_DATA = 32;

export function isSealedPacket(bytes: Uint8Array): boolean {
  const type = bytes[0] ?? 0;
  if (type < 1 || type > TRANSPORT_DATA || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0) return false;
  return type === TRANSPORT_DATA ? bytes.length >= SHORTEST_TRANSPORT_DATA : bytes.length === MESSAGE_LENGTHS[type];
}
