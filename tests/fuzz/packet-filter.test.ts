/** The packet filter against a slow one that was written apart from it: ten million decisions, and no difference. */
import { addressFamily } from "@pinhole/protocol/net";
import { compileFilter, type FilterRule } from "@pinhole/protocol/policy";
import { expect, test } from "vitest";
import { PacketFilter } from "../../apps/agent/src/datapath/filter/packet-filter.ts";
import { AddressMap } from "../../apps/agent/src/datapath/packet/address-map.ts";
import { InnerPacket } from "../../apps/agent/src/datapath/packet/inner-packet.ts";
import { Random } from "../../apps/agent/src/datapath/packet/random-packet.ts";
import { buildPacket } from "../../apps/agent/src/datapath/packet/testing.ts";
import { ReferenceFilter, type Shape } from "./reference-filter.ts";

/** `FUZZ=10` makes them ten times as many. */
const DECISIONS = 10_000_000 * Number(process.env["FUZZ"] ?? 1);
const SHAPES = 3_000;
const SECOND_MS = 1_000;

const SELF = ["100.90.16.1", "fd12::1"];
const PEERS: Record<string, readonly string[]> = {
  bob: ["100.90.16.2", "fd12::2"],
  eve: ["100.90.16.3", "fd12::3"],
};
const STRANGERS = ["8.8.8.8", "2001:db8::8"];

test("every decision is the reference's, over random traffic, time and changes of policy", () => {
  const random = new Random(1);
  const shapes = Array.from({ length: SHAPES }, () => {
    const shape = randomShape(random);
    return { shape, bytes: build(shape) };
  });
  const reference = new ReferenceFilter(SELF, PEERS);
  const filter = new TimedFilter();
  const packet = new InnerPacket();
  let passed = 0;
  for (let count = 0; count < DECISIONS; count++) {
    const turn = random.below(2_000);
    if (turn === 0) filter.rules = reference.rules = Array.from({ length: random.below(4) }, () => randomRule(random));
    else if (turn < 20) reference.now = filter.now += random.pick([1, 1, 30, 59, 60, 61, 179, 180, 240, 7_440]);
    // A few again and again, so that there is something to answer to.
    const reach = turn < 1_000 ? 60 : SHAPES;
    const { shape, bytes } = shapes[random.below(reach)] ?? expect.fail();
    const peer = random.isOneIn(4) ? "eve" : "bob";
    const isInbound = random.isOneIn(2);
    const wanted = isInbound ? reference.inbound(peer, shape) : reference.outbound(shape);
    const isMalformed = packet.read(bytes) !== undefined;
    const isPassed = !isMalformed && (isInbound ? filter.inbound(peer, packet) : filter.outbound(packet));
    if (isPassed !== wanted)
      expect.fail(`decision ${count}, ${isInbound ? `in from ${peer}` : "out"}: ${JSON.stringify(shape)}`);
    if (wanted) passed += 1;
  }
  // Of neither kind so few that nothing was compared.
  expect(passed / DECISIONS).toBeGreaterThan(0.05);
  expect(passed / DECISIONS).toBeLessThan(0.95);
}, 300_000);

class TimedFilter {
  /** Seconds. */
  now = 0;
  readonly #selfAddresses = new AddressMap<true>();
  readonly #owners = new AddressMap<string>();
  readonly #filter: PacketFilter<string>;

  constructor() {
    for (const address of SELF) this.#selfAddresses.add(address, true);
    for (const [name, addresses] of Object.entries(PEERS)) {
      for (const address of addresses) this.#owners.add(address, name);
    }
    this.#filter = new PacketFilter(() => this.now * SECOND_MS, this.#state([]));
  }

  set rules(rules: readonly FilterRule[]) {
    this.#filter.configure(this.#state(rules));
  }

  inbound(peer: string, packet: InnerPacket): boolean {
    return this.#filter.inbound(peer, packet) === undefined;
  }

  outbound(packet: InnerPacket): boolean {
    return this.#filter.outbound(packet) === undefined;
  }

  #state(rules: readonly FilterRule[]) {
    return { selfAddresses: this.#selfAddresses, owners: this.#owners, allows: compileFilter(rules) };
  }
}

function randomShape(random: Random, isQuoted = false): Shape {
  const family = random.pick([0, 1] as const);
  const known = [SELF, ...Object.values(PEERS)].map((addresses) => addresses[family] ?? "");
  const address = (): string =>
    random.isOneIn(12) ? (STRANGERS[family] ?? "") : (known[random.below(known.length)] ?? "");
  const protocol = random.pick([6, 6, 17, 17, family === 0 ? 1 : 58, family === 0 ? 1 : 58, family === 0 ? 58 : 1, 47]);
  const shape: Shape = {
    source: address(),
    destination: address(),
    protocol,
    sourcePort: random.pick([1, 2, 53]),
    destinationPort: random.pick([1, 2, 53]),
    tcpFlags: random.pick([0x02, 0x10, 0x12, 0x11, 0x14, 0x02, 0x10, 0x18]),
    icmpType: random.pick(protocol === 58 ? [128, 129, 128, 129, 1, 2, 133] : [0, 8, 0, 8, 3, 11, 5]),
    fragment: isQuoted ? "none" : random.pick(["none", "none", "none", "none", "first", "later"] as const),
    fragmentId: random.below(2),
  };
  if (isQuoted || (protocol !== 1 && protocol !== 58) || shape.fragment !== "none") return shape;
  const quoted = randomShape(random, true);
  return addressFamily(quoted.source) === addressFamily(shape.source) ? { ...shape, quoted } : shape;
}

function build({ quoted, fragment, ...shape }: Shape): Uint8Array {
  const { fragmentId, ...plain } = shape;
  const payload = quoted === undefined ? new Uint8Array(8) : build(quoted);
  if (fragment === "none") return buildPacket({ ...plain, payload });
  return buildPacket({
    ...plain,
    fragmentId,
    ...(fragment === "first" ? { moreFragments: true } : { fragmentOffset: 1_480 }),
  });
}

function randomRule(random: Random): FilterRule {
  const some = (values: readonly string[]): string[] => values.filter(() => random.isOneIn(2));
  const ports: [number, number] = random.pick([
    [1, 1],
    [2, 53],
    [53, 53],
  ]);
  return {
    src: some(["100.90.16.2/32", "100.90.16.0/20", "fd12::/48", "fd12::3/128", "0.0.0.0/0"]),
    dst: some(["100.90.16.1/32", "100.90.0.0/16", "fd12::/48", "::/0"]),
    allow: Array.from({ length: random.below(3) }, () => {
      const protocol = random.pick([null, 1, 6, 17, 58, 47]);
      return random.isOneIn(2) ? { protocol } : { protocol, ports };
    }),
  };
}
