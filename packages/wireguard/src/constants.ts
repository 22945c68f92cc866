/** Numbers of the WireGuard paper that both ends must agree on, and the few that are this implementation's own. */

export const MessageType = {
  HandshakeInitiation: 1,
  HandshakeResponse: 2,
  CookieReply: 3,
  TransportData: 4,
} as const;

/** X25519 keys, ChaCha20-Poly1305 keys and preshared keys alike. */
export const KEY_BYTES = 32;
/** Poly1305. */
export const TAG_BYTES = 16;
/** mac1, mac2 and the cookie itself. */
export const MAC_BYTES = 16;

/** Where both handshake messages and transport data keep the sender's or receiver's index. */
export const INDEX_OFFSET = 4;

/** How far behind the newest message an older one may still arrive: what wireguard-go allows, and far more than a network reorders. */
export const REPLAY_WINDOW_MESSAGES = 8_128;

/** Plaintext is padded with zeros to a multiple of this, so that lengths tell an onlooker less. */
export const PADDING_BYTES = 16;

/** A cookie, and the secret it is made of, live this long. */
export const COOKIE_LIFETIME_MS = 120_000;

/** Initiations of one peer closer together than this are dropped unanswered: 50 a second. */
export const INITIATION_SPACING_MS = 20;

/** The caller may ask for a handshake out of turn, but a response must have had time to arrive before it is thrown away. */
export const REQUESTED_INITIATION_SPACING_MS = 1_000;

/** Spreads retries, so that two peers that started together do not collide forever. */
export const MAX_JITTER_MS = 333;

/**
 * When both peers initiated at once, both own a session that they would rekey in the
 * same instant, and collide again every two minutes. The one with the lower public key
 * waits this much longer, and finds it already done.
 */
export const CROSSED_REKEY_DELAY_MS = 10_000;

/** What waits for a session at most, in packets and bytes; the oldest goes first. */
export const MAX_QUEUED_PACKETS = 128;
export const MAX_QUEUED_BYTES = 256 * 1024;

/** The largest UDP payload over IPv4, less header and tag, rounded down to whole padding. */
export const MAX_PACKET_BYTES = 65_472;
