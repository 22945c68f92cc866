/** Both directions of one input, in bytes on the wire. */
export type Traffic = {
  readonly name: string;
  readonly received: number;
  readonly sent: number;
};

/** IPv4 and UDP; IPv6 and UDP. */
export const UDP_HEADER_BYTES = { 4: 28, 6: 48 } as const;

export class Meter {
  #received = 0;
  #sent = 0;
  readonly #headerBytes: number;

  constructor(headerBytes: number = UDP_HEADER_BYTES[4]) {
    this.#headerBytes = headerBytes;
  }

  get sentBytes(): number {
    return this.#sent;
  }

  receive(payload: Uint8Array): void {
    this.#received += payload.length + this.#headerBytes;
  }

  send(payload: Uint8Array): void {
    this.#sent += payload.length + this.#headerBytes;
  }

  traffic(name: string): Traffic {
    return { name, received: this.#received, sent: this.#sent };
  }
}

/** Every bit flipped, every end cut off, and one byte too many. */
export function* mutationsOf(datagram: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < datagram.length * 8; bit++) {
    const bent = Uint8Array.from(datagram);
    bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield bent;
  }
  for (let length = 0; length < datagram.length; length++) yield datagram.subarray(0, length);
  yield Uint8Array.of(...datagram, 0);
}
