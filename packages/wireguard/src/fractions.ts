const DRAWN_BYTES = 64;

/**
 * Numbers from 0 up to, not including, 1 for jitter: some are drawn at a time, since to ask the system for one byte takes as
 * long as to seal a packet.
 */
export function newFractions(randomBytes: (length: number) => Uint8Array): () => number {
  let drawn: Uint8Array = new Uint8Array(0);
  let next = 0;
  return () => {
    if (next === drawn.length) {
      drawn = randomBytes(DRAWN_BYTES);
      next = 0;
    }
    return (drawn[next++] ?? 0) / 256;
  };
}
