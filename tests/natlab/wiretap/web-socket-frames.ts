/**
 * RFC 6455 framing, as much of it as a man in the middle needs: what clients send is masked, and a recording that is not
 * unmasked would hide everything from a search by itself.
 *
 *     +-----+--------+---------------------+-----------------+---------+
 *     | FIN | M len7 | 16 or 64 bit length | mask 4 (if M)   | payload |
 *     +-----+--------+---------------------+-----------------+---------+
 */

const BINARY = 0x82;

export type Taken = { readonly payloads: Buffer[]; readonly rest: Buffer };

/** The payloads of all whole frames, and what is left over. */
export function takeFrames(bytes: Buffer): Taken {
  const payloads: Buffer[] = [];
  let at = 0;
  for (;;) {
    const frame = frameAt(bytes, at);
    if (!frame) return { payloads, rest: bytes.subarray(at) };
    payloads.push(frame.payload);
    at = frame.end;
  }
}

/** Unmasked, as servers send. Up to 64 KiB. */
export function newFrame(payload: Uint8Array): Buffer {
  const length = payload.length;
  const header = length < 126 ? [BINARY, length] : [BINARY, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), payload]);
}

function frameAt(bytes: Buffer, at: number): { readonly payload: Buffer; readonly end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const isMasked = (bytes[at + 1]! & 0x80) !== 0;
  const short = bytes[at + 1]! & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskAt = at + 2 + lengthBytes;
  const start = maskAt + (isMasked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length =
    lengthBytes === 0 ? short : bytes.readUIntBE(maskAt - Math.min(lengthBytes, 6), Math.min(lengthBytes, 6));
  const end = start + length;
  if (bytes.length < end) return undefined;
  const payload = Buffer.from(bytes.subarray(start, end));
  if (isMasked) for (let i = 0; i < payload.length; i++) payload[i]! ^= bytes[maskAt + (i % 4)]!;
  return { payload, end };
}
