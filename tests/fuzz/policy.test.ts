/**
 * One policy, three readers: what the browser explains, what an agent's compiled filter does with the packet, and what
 * a slow reading of the document says. More than a million random questions, and no difference.
 */
import { addressFamily, addressToBytes } from "@pinhole/protocol/net";
import {
  compileFilter,
  compilePolicy,
  filterRuleSchema,
  newEvaluator,
  type PacketFilter,
  type PolicyAnswer,
  parsePolicy,
  type PolicyDevice,
} from "@pinhole/protocol/policy";
import { expect, test } from "vitest";
import { livingRules } from "../../apps/agent/src/daemon/living-rules.ts";
import { Random } from "../../apps/agent/src/datapath/packet/random-packet.ts";
import { judgeSlowly, type ReferenceDocument } from "./reference-policy.ts";

/** `FUZZ=10` makes them ten times as many. */
const POLICIES = 2_200 * Number(process.env["FUZZ"] ?? 1);
const PACKETS = 480;
const NOW = Date.parse("2026-06-01T12:00:00Z");
const HOUR_MS = 3_600_000;

const TAGS = ["tag:web", "tag:db", "tag:ci"];
const PEOPLE = ["ann@example.com", "Bob@Example.com", "eve@example.com"];
const SELECTORS: [string, ...string[]] = [
  "*",
  "autogroup:member",
  "group:ops",
  "group:all",
  "group:none",
  "tag:web",
  "tag:db",
  "tag:ci",
  "ANN@example.com",
  "bob@example.com",
  "db",
  "site",
  "six",
  "100.64.0.3",
  "100.64.0.0/30",
  "100.64.0.4/31",
  "0.0.0.0/0",
  "fd00::3",
  "fd00::/125",
  "fd00::8/127",
  "::/0",
];
const SERVICES: [string, ...string[]] = ["*", "icmp", "tcp:22", "udp:53-60", "tcp:*", "80,443", "1000-2000", "udp:*"];
const PORTS: [number, ...number[]] = [0, 21, 22, 23, 53, 60, 61, 80, 443, 999, 1000, 2000, 65_535];
const STRANGERS = ["8.8.8.8", "100.64.9.9", "2001:db8::8", "fd00:1::1"];

test("what is explained is what is enforced, and what the document says", () => {
  const random = new Random(7);
  const count = { all: 0, allowed: 0 };
  for (let round = 0; round < POLICIES; round++) {
    const document = randomDocument(random);
    const devices = randomDevices(random);
    const policy = parsePolicy(
      JSON.stringify({ ...document, tagOwners: Object.fromEntries(TAGS.map((tag) => [tag, []])) }),
    );
    if (!policy.ok) expect.fail(policy.error.message);
    const compiledAt = NOW - random.below(3) * HOUR_MS;
    const compiled = compilePolicy(policy.value, devices, compiledAt);
    const evaluator = newEvaluator(policy.value);
    const bearers = new Map(devices.flatMap((device) => device.addresses.map((address) => [address, device] as const)));
    const places = [...bearers.keys(), ...STRANGERS];
    const placesOf = {
      4: places.filter((place) => addressFamily(place) === 4),
      6: places.filter((place) => addressFamily(place) === 6),
    };
    // A device's filter is as it came over the wire, and as the agent keeps it at that time.
    const filterAt = (device: PolicyDevice, at: number): PacketFilter =>
      compileFilter(livingRules(filterRuleSchema.array().parse(compiled.filterFor(device.id)), at).rules);
    const times = [NOW - HOUR_MS / 2, NOW, NOW + HOUR_MS] as const;
    const filters = new Map(devices.map((device) => [device, times.map((at) => filterAt(device, at))]));

    for (let packet = 0; packet < PACKETS; packet++) {
      const device = devices[random.below(devices.length)] ?? expect.fail();
      const destination = random.pick(device.addresses as [string, ...string[]]);
      const near = random.isOneIn(20) ? places : placesOf[addressFamily(destination)];
      const source = near[random.below(near.length)] ?? "";
      const moment = random.below(times.length);
      const at = Math.max(compiledAt, times[moment] ?? NOW);
      const protocol = random.pick([6, 6, 17, 17, 1, 58, 47]);
      const port = protocol === 6 || protocol === 17 ? random.pick(PORTS) : 0;

      const wanted = judgeSlowly(document, devices, { source, destination, protocol, port, at });
      const answer = evaluator.ask({
        src: { address: source, bearer: bearers.get(source) ?? null },
        dst: { address: destination, bearer: device },
        protocol,
        dstPort: port,
        at,
      });
      const filter = at === times[moment] ? filters.get(device)?.[moment] : filterAt(device, at);
      const isPassed =
        isSameFamily(source, destination) && filter?.(packetOf(source, destination, protocol, port)) === true;
      if (!isSameAnswer(answer, wanted) || isPassed !== answer.allowed) {
        const question = { source, destination, protocol, port, at: new Date(at).toISOString() };
        expect.fail(JSON.stringify({ document, devices, question, answer, wanted, isPassed }, undefined, 2));
      }
      count.all++;
      if (isPassed) count.allowed++;
    }
  }
  expect(count.all).toBeGreaterThanOrEqual(1_000_000);
  // Of neither kind so few that nothing was compared.
  expect(count.allowed / count.all).toBeGreaterThan(0.1);
  expect(count.allowed / count.all).toBeLessThan(0.9);
}, 300_000);

function randomDocument(random: Random): ReferenceDocument {
  const some = (values: readonly [string, ...string[]], most: number) =>
    Array.from({ length: 1 + random.below(most) }, () => random.pick(values));
  const grants = Array.from({ length: 1 + random.below(6) }, () => ({
    src: some(SELECTORS, 3),
    dst: some(SELECTORS, 3),
    ip: some(SERVICES, 2),
    ...(random.isOneIn(3)
      ? { expires: random.pick(["2026-06-01T12:00:00Z", "2026-06-01T13:30:00+02:00", "2026-06-01T12:30:00Z"]) }
      : {}),
  }));
  return {
    groups: { "group:ops": ["Ann@example.com"], "group:all": PEOPLE, "group:none": [] },
    hosts: { db: "100.64.0.2", site: "100.64.0.0/29", six: "fd00::/126" },
    grants,
  };
}

function randomDevices(random: Random): PolicyDevice[] {
  return Array.from({ length: 2 + random.below(7) }, (_, number) => ({
    id: `dev_${number}`,
    addresses: [`100.64.0.${number + 1}`, `fd00::${(number + 1).toString(16)}`],
    tags: random.isOneIn(2) ? [] : TAGS.filter(() => random.isOneIn(2)),
    user: random.isOneIn(4) ? null : (PEOPLE[random.below(PEOPLE.length)] ?? null),
  }));
}

/** `wanted`: what each grant fails at. */
function isSameAnswer(answer: PolicyAnswer, wanted: readonly (string | undefined)[]): boolean {
  if (answer.allowed) return answer.grant === wanted.indexOf(undefined);
  return answer.failed.length === wanted.length && answer.failed.every((clause, at) => clause === wanted[at]);
}

const isSameFamily = (a: string, b: string): boolean => addressFamily(a) === addressFamily(b);

function packetOf(source: string, destination: string, protocol: number, dstPort: number) {
  const [src, dst] = [addressToBytes(source), addressToBytes(destination)];
  const bytes = Uint8Array.of(...src, ...dst);
  return { family: addressFamily(source), bytes, srcAt: 0, dstAt: src.length, protocol, dstPort };
}
