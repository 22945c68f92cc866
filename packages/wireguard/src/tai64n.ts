/**
 * TAI64N stamps: 8 bytes of seconds and 4 of nanoseconds, big-endian, so that bytes compare
 * as times do. A responder takes an initiation only when its stamp is later than every stamp
 * it has taken from that peer, which is what makes a recorded initiation worthless.
 *
 * Leap seconds are ignored, as in every WireGuard: only the order matters.
 */
export const TAI64N_BYTES = 12;

/** 2^62 plus the ten seconds TAI was ahead of UTC in 1970. */
const EPOCH_SECONDS = 0x400000000000000an;
const NANOSECONDS = 1_000_000_000;

/** Low bits are cleared: a precise clock on the wire helps whoever measures us from outside. */
const WHITENED_BITS = 0xffffff;

/** The stamp of a wall clock in milliseconds since 1970. */
export function tai64n(wallClockMs: number): Uint8Array {
  const ms = Math.max(0, Math.floor(wallClockMs));
  const nanoseconds = ((ms % 1_000) * 1_000_000) & ~WHITENED_BITS;
  return encode(EPOCH_SECONDS + BigInt(Math.floor(ms / 1_000)), nanoseconds);
}

/** A stamp later than `last` whatever the clock has done meanwhile. */
export function nextTai64n(wallClockMs: number, last: Uint8Array | undefined): Uint8Array {
  const stamp = tai64n(wallClockMs);
  return last === undefined || isLater(stamp, last) ? stamp : successor(last);
}

export function isLater(stamp: Uint8Array, than: Uint8Array): boolean {
  return Buffer.compare(stamp, than) > 0;
}

function successor(stamp: Uint8Array): Uint8Array {
  const view = new DataView(stamp.buffer, stamp.byteOffset, stamp.byteLength);
  const seconds = view.getBigUint64(0);
  const nanoseconds = view.getUint32(8) + 1;
  return nanoseconds < NANOSECONDS ? encode(seconds, nanoseconds) : encode(seconds + 1n, 0);
}

function encode(seconds: bigint, nanoseconds: number): Uint8Array {
  const stamp = new Uint8Array(TAI64N_BYTES);
  const view = new DataView(stamp.buffer);
  view.setBigUint64(0, seconds);
  view.setUint32(8, nanoseconds);
  return stamp;
}
