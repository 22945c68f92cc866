/**
 * Packets that wait for one slow receiver. Bounded; when it is full, the oldest packet of the sender with the most of them
 * goes, and senders take turns on the way out: one that floods a receiver pushes out its own packets and nobody else's.
 */
export class FairQueue {
  readonly #capacity: number;
  readonly #bySender = new Map<string, Uint8Array[]>();
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether a packet had to go to make room. */
  push(sender: string, packet: Uint8Array): boolean {
    const queue = this.#bySender.get(sender);
    if (queue === undefined) this.#bySender.set(sender, [packet]);
    else queue.push(packet);
    this.#length++;
    if (this.#length <= this.#capacity) return false;
    this.#dropFromLongest();
    return true;
  }

  shift(): Uint8Array | undefined {
    const [next] = this.#bySender;
    if (next === undefined) return undefined;
    const [sender, queue] = next;
    const packet = queue.shift();
    this.#length--;
    // To the end of the line, or out of it.
    this.#bySender.delete(sender);
    if (queue.length > 0) this.#bySender.set(sender, queue);
    return packet;
  }

  #dropFromLongest(): void {
    let longest: { sender: string; queue: Uint8Array[] } | undefined;
    for (const [sender, queue] of this.#bySender) {
      if (longest === undefined || queue.length > longest.queue.length) longest = { sender, queue };
    }
    if (longest === undefined) return;
    longest.queue.shift();
    this.#length--;
    if (longest.queue.length === 0) this.#bySender.delete(longest.sender);
  }
}
