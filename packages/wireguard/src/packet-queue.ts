/** Packets that wait for a session: bounded, and the oldest goes first, because it is the one whose sender has given up. */
import { MAX_QUEUED_BYTES, MAX_QUEUED_PACKETS } from "./constants.ts";

export class PacketQueue {
  #packets: Uint8Array[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  /** Copies `packet`: callers read the next one into the same buffer. */
  push(packet: Uint8Array): void {
    this.#packets.push(Uint8Array.from(packet));
    this.#bytes += packet.length;
    while (this.#packets.length > MAX_QUEUED_PACKETS || this.#bytes > MAX_QUEUED_BYTES) {
      this.#bytes -= this.#packets.shift()?.length ?? 0;
    }
  }

  takeAll(): readonly Uint8Array[] {
    const packets = this.#packets;
    this.clear();
    return packets;
  }

  clear(): void {
    this.#packets = [];
    this.#bytes = 0;
  }
}
