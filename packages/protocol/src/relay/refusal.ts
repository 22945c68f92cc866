/** Why the relay ends a connection: the code of a `refused` frame. A code that a client does not know is a reason to retry with back-off. */
export const RELAY_REFUSALS = {
  /** A frame that is not one, or one that is out of place. */
  "bad-frame": 1,
  /** The ticket is not this server's, or names another device. */
  "bad-ticket": 2,
  /** Ask the control session for another. */
  "ticket-expired": 3,
  /** The signature over the challenge is not by the key that the ticket names. */
  "bad-signature": 4,
  /** The same device connected anew; the newer connection stays. */
  replaced: 5,
  "shutting-down": 6,
} as const;

export type RelayRefusal = keyof typeof RELAY_REFUSALS;

export function relayRefusalOf(code: number): RelayRefusal | "unknown" {
  for (const [name, value] of Object.entries(RELAY_REFUSALS)) if (value === code && isRefusal(name)) return name;
  return "unknown";
}

function isRefusal(name: string): name is RelayRefusal {
  return Object.hasOwn(RELAY_REFUSALS, name);
}
