/** What happened: counters for every place, the hash of the run and, where asked for, the fate of each packet. */
import type { Packet } from "./packet.ts";
import { type DropReason, Place } from "./place.ts";
import { TraceHash } from "./trace-hash.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type Fate = {
  readonly at: number;
  /** The name of a host or router, or of the segment between them. */
  readonly where: string;
} & ({ readonly kind: "delivered" } | { readonly kind: "dropped"; readonly reason: DropReason });

const EVENT = { sent: 1, delivered: 2, dropped: 3, icmp: 4 } as const;

export class Ledger {
  readonly trace = new TraceHash();
  readonly #time: VirtualTime;
  readonly #fates = new Map<number, Fate[]>();
  #isRecording = false;
  #packets = 0;
  #places = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** From here on, what becomes of every packet is kept: for tests that ask why. */
  recordFates(): void {
    this.#isRecording = true;
  }

  /** What became of a packet: nothing while it is on its way, more than one thing where it was duplicated. */
  fatesOf(number: number): readonly Fate[] {
    return this.#fates.get(number) ?? [];
  }

  /** How many packets hosts have sent. */
  get packets(): number {
    return this.#packets;
  }

  newPlace(name: string): Place {
    return new Place(name, this.#places++);
  }

  nextNumber(): number {
    return ++this.#packets;
  }

  sent(packet: Packet, place: Place): void {
    place.sent(packet.bytes.length);
    this.#note(EVENT.sent, packet, place);
    this.trace.mixBytes(packet.bytes);
  }

  delivered(packet: Packet, place: Place): void {
    if (packet.icmp !== undefined) return this.#note(EVENT.icmp, packet, place);
    place.received(packet.bytes.length);
    this.#note(EVENT.delivered, packet, place);
    if (this.#isRecording) this.#keep(packet, { at: this.#time.now, where: place.name, kind: "delivered" });
  }

  dropped(packet: Packet, place: Place, reason: DropReason): void {
    place.dropped(reason);
    this.#note(EVENT.dropped, packet, place);
    if (this.#isRecording && packet.icmp === undefined)
      this.#keep(packet, { at: this.#time.now, where: place.name, kind: "dropped", reason });
  }

  #note(event: number, packet: Packet, place: Place): void {
    this.trace.mixTime(this.#time.now);
    this.trace.mix(event, packet.source, packet.destination);
    this.trace.mix(packet.ttl, place.number, packet.number);
  }

  #keep({ number }: Packet, fate: Fate): void {
    const fates = this.#fates.get(number);
    if (fates === undefined) this.#fates.set(number, [fate]);
    else fates.push(fate);
  }
}
