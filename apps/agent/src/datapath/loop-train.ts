/**
 * Datagrams that go the same way, put together one behind the other in one buffer and sent with
 * one system call (UDP_SEGMENT): all of one length, but for a shorter one at the end.
 */
import { datagramBytes } from "@pinhole/wireguard";
import type { DirectVia } from "./packet-io.ts";

/** What the kernel takes at once: UDP_MAX_SEGMENTS, and the longest UDP payload over IPv4. */
const MAX_DATAGRAMS = 64;
const MAX_BYTES = 65_507;

/** As many packets of this length inside the tunnel as go out with one call. */
export function packetsOfOneTrain(innerMtu: number): number {
  return Math.min(MAX_DATAGRAMS, Math.floor(MAX_BYTES / datagramBytes(innerMtu)));
}

type SendTrain = (to: DirectVia, bytes: Uint8Array, datagramBytes: number) => void;

export class LoopTrain {
  /** What it uses of the memory that it is given, at its start. */
  static readonly BYTES = 65_536;
  readonly bytes: Uint8Array;
  readonly #send: SendTrain;
  #to: DirectVia | undefined;
  #count = 0;
  #used = 0;
  #datagramBytes = 0;
  #placed = 0;

  constructor(memory: Uint8Array, send: SendTrain) {
    this.bytes = memory;
    this.#send = send;
  }

  place(to: DirectVia, length: number): number {
    if (length > MAX_BYTES) throw new RangeError(`no datagram has ${length} bytes`);
    if (this.#count > 0 && !this.#hasRoom(to, length)) this.flush();
    if (this.#count === 0) {
      this.#to = to;
      this.#datagramBytes = length;
    }
    this.#placed = length;
    return this.#used;
  }

  take(): void {
    this.#used += this.#placed;
    this.#count += 1;
  }

  flush(): void {
    if (this.#count === 0 || this.#to === undefined) return;
    const bytes = this.bytes.subarray(0, this.#used);
    this.#count = 0;
    this.#used = 0;
    this.#send(this.#to, bytes, this.#datagramBytes);
  }

  #hasRoom({ socket, endpoint }: DirectVia, length: number): boolean {
    return (
      this.#to?.endpoint === endpoint &&
      this.#to.socket === socket &&
      length <= this.#datagramBytes &&
      this.#used === this.#count * this.#datagramBytes &&
      this.#count < MAX_DATAGRAMS &&
      this.#used + length <= MAX_BYTES
    );
  }
}
