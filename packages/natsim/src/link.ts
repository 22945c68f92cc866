/**
 * One direction of a line: between a host or a router and the segment that it is attached to.
 * Everything about it can be changed while packets are on it; those keep the time they were given.
 */
import { addressOf } from "./address-book.ts";
import type { SimContext } from "./context.ts";
import { type BurstLoss, LossProcess } from "./loss.ts";
import { icmpAbout, type Packet, sizeOf } from "./packet.ts";
import type { DropReason, Place } from "./place.ts";
import { type Rate, TokenBucket } from "./token-bucket.ts";

export type LinkOptions = {
  readonly delayMs?: number;
  /** Up to this much on top, without reordering: what a queue of other people's packets does. */
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly burstLoss?: BurstLoss;
  /** This share of the packets comes later by `byMs`, and is overtaken. */
  readonly reorder?: { readonly share: number; readonly byMs: number };
  /** This share comes twice. */
  readonly duplicate?: number;
  readonly bandwidth?: { readonly bitsPerSecond: number; readonly queueBytes: number };
  /** With the headers of IP and UDP. */
  readonly mtuBytes?: number;
  /** Whether who sends more than the MTU in one piece is told. */
  readonly tooBig?: "icmp" | "silent";
  readonly fragments?: "pass" | "drop";
  /** Routers on the way, each of which takes one off the TTL. */
  readonly hops?: number;
  readonly udp?: "pass" | "blocked" | Rate;
  /** Nothing gets through, in this direction. */
  readonly isDown?: boolean;
};

type Ends = {
  /** Whose drops they are. */
  readonly place: Place;
  readonly deliver: (packet: Packet) => void;
  /** Takes ICMP errors back to where a packet came from. */
  readonly bounce: (packet: Packet) => void;
};

export class Link {
  readonly #context: SimContext;
  readonly #ends: Ends;
  readonly #random: SimContext["random"];
  readonly #loss: LossProcess;
  #options: LinkOptions;
  #udpRate: TokenBucket | undefined;
  /** Whether there is nothing to it but a delay. */
  #isPlain = true;
  /** When the packet before this one has left the queue, and when it arrives. */
  #busyUntil = 0;
  #lastArrival = 0;

  constructor(context: SimContext, options: LinkOptions, ends: Ends) {
    this.#context = context;
    this.#options = options;
    this.#ends = ends;
    this.#random = context.random.fork();
    this.#loss = new LossProcess(this.#random.fork());
    this.change({});
  }

  get options(): LinkOptions {
    return this.#options;
  }

  /** What is not named stays as it is. */
  change(options: LinkOptions): void {
    this.#options = { ...this.#options, ...options };
    const { udp } = this.#options;
    this.#udpRate = typeof udp === "object" ? new TokenBucket(udp) : undefined;
    this.#isPlain = Object.keys(this.#options).every((key) => key === "delayMs");
  }

  carry(packet: Packet): void {
    const { delayMs = 0 } = this.#options;
    if (this.#isPlain) return this.#arriveAt(this.#context.time.now + delayMs, packet);
    const refusal = this.#refuse(packet);
    if (refusal !== undefined) return this.#context.ledger.dropped(packet, this.#ends.place, refusal);
    const at = this.#arrival(packet);
    if (at === undefined) return this.#context.ledger.dropped(packet, this.#ends.place, "queue-full");
    const { duplicate = 0 } = this.#options;
    if (duplicate > 0 && this.#random.next() < duplicate) this.#arriveAt(at, { ...packet });
    this.#arriveAt(at, packet);
  }

  #refuse(packet: Packet): DropReason | undefined {
    const { isDown = false, loss = 0, burstLoss, hops = 0, udp } = this.#options;
    if (isDown) return "link-down";
    if (packet.icmp === undefined) {
      if (udp === "blocked") return "udp-blocked";
      if (this.#udpRate?.take(this.#context.time.now) === false) return "udp-rate";
    }
    const size = this.#refuseSize(packet);
    if (size !== undefined) return size;
    if ((loss > 0 || burstLoss !== undefined) && this.#loss.takes(loss, burstLoss)) return "loss";
    if (hops === 0) return undefined;
    packet.ttl -= hops;
    if (packet.ttl > 0) return undefined;
    this.#bounce(icmpAbout(packet, { kind: "time-exceeded" }));
    return "ttl";
  }

  #refuseSize(packet: Packet): DropReason | undefined {
    const { mtuBytes, tooBig = "icmp", fragments = "pass" } = this.#options;
    if (mtuBytes !== undefined && packet.icmp === undefined) {
      const family = this.#context.book.family(addressOf(packet.destination));
      if (sizeOf(packet, family) > mtuBytes) {
        // Routers never split IPv6.
        if (family === 6 || !packet.mayFragment) {
          if (tooBig === "icmp") this.#bounce(icmpAbout(packet, { kind: "packet-too-big", mtuBytes }));
          return "too-big";
        }
        packet.isFragmented = true;
      }
    }
    return packet.isFragmented && fragments === "drop" ? "fragment" : undefined;
  }

  /** When the packet comes out at the other end; undefined where the queue has no room for it. */
  #arrival(packet: Packet): number | undefined {
    const { delayMs = 0, jitterMs = 0, reorder, bandwidth } = this.#options;
    const { now } = this.#context.time;
    let leavesAt = now;
    if (bandwidth !== undefined) {
      const bytesPerMs = bandwidth.bitsPerSecond / 8_000;
      const size = sizeOf(packet, this.#context.book.family(addressOf(packet.destination)));
      const startsAt = Math.max(now, this.#busyUntil);
      if ((startsAt - now) * bytesPerMs + size > bandwidth.queueBytes) return undefined;
      leavesAt = startsAt + size / bytesPerMs;
      this.#busyUntil = leavesAt;
    }
    let at = leavesAt + delayMs;
    if (jitterMs > 0) at = Math.max(at + jitterMs * this.#random.next(), this.#lastArrival);
    if (reorder !== undefined && this.#random.next() < reorder.share) return at + reorder.byMs;
    this.#lastArrival = at;
    return at;
  }

  #arriveAt(at: number, packet: Packet): void {
    if (at <= this.#context.time.now) return this.#ends.deliver(packet);
    packet.hasWaited = true;
    this.#context.time.at(at, () => this.#ends.deliver(packet));
  }

  /** It died somewhere on the way: half of it there, and half of it back. */
  #bounce(error: Packet | undefined): void {
    if (error === undefined) return;
    const { time } = this.#context;
    error.hasWaited = true;
    time.at(time.now + (this.#options.delayMs ?? 0), () => this.#ends.bounce(error));
  }
}
