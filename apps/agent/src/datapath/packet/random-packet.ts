/** Random packets for tests, the same ones in every run. */
import { Flag, type ReferencePacket, type ReferenceTcp } from "./reference-packet.ts";

/** Mulberry32: quick, and good enough to choose test cases. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  bytes(length: number): number[] {
    return Array.from({ length }, () => this.below(256));
  }
}

export function randomPacket(random: Random, mostPayloadBytes: number): ReferencePacket {
  const family = random.pick([4, 6] as const);
  return {
    family,
    source: family === 4 ? [100, 90, ...random.bytes(2)] : [0xfd, ...random.bytes(15)],
    destination: family === 4 ? [100, 90, ...random.bytes(2)] : [0xfd, ...random.bytes(15)],
    trafficClass: random.pick([0, 0x10, 0xff]),
    hopLimit: 1 + random.below(255),
    id: random.pick([0, 0xffff, random.below(0x10000)]),
    dontFragment: random.isOneIn(2),
    flowLabel: random.below(0x100000),
    sourcePort: random.below(0x10000),
    destinationPort: random.below(0x10000),
    transport: random.isOneIn(3) ? { kind: "udp" } : randomTcp(random),
    payload: random.bytes(1 + random.below(mostPayloadBytes)),
  };
}

function randomTcp(random: Random): ReferenceTcp {
  const rare = [Flag.fin, Flag.urg, Flag.ece, Flag.cwr].filter(() => random.isOneIn(6));
  return {
    kind: "tcp",
    sequence: random.pick([0, 0xffffffff, random.below(2 ** 32)]),
    acknowledgement: random.below(2 ** 32),
    flags: [Flag.ack, random.isOneIn(2) ? Flag.psh : 0, ...rare].reduce((all, flag) => all | flag, 0),
    window: random.below(0x10000),
    urgent: random.isOneIn(5) ? random.below(0x10000) : 0,
    options: random.bytes(4 * random.pick([0, 0, 3, random.below(11)])),
  };
}
