/**
 * What policies cost, in a team of a thousand devices under five hundred grants: tags, people, groups and blocks in equal
 * parts, each device in a few dozen of them.
 */
import { addressToBytes } from "@pinhole/protocol/net";
import {
  compileFilter,
  compilePolicy,
  type CompiledPolicy,
  newEvaluator,
  type Policy,
  parsePolicy,
  type PolicyDevice,
} from "@pinhole/protocol/policy";
import type { Figure } from "./figure.ts";

const DEVICES = 1_000;
const GRANTS = 500;
const TAGS = 40;
const PEOPLE = 100;
const GROUPS = 20;
const RUNS = 15;
const DECISIONS = 2_000_000;
const TCP = 6;

export function measurePolicy(): Figure[] {
  const text = JSON.stringify(newDocument());
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const policy = parsed.value;
  const devices = Array.from({ length: DEVICES }, (_, number) => newDevice(number));
  const compiled = compileAll(policy, devices);
  return [
    { name: "policy: document read, for comparison", unit: "ms", values: times(() => void parsePolicy(text)) },
    {
      name: "policy: compiled whole, with all 1,000 filters",
      bound: 200,
      unit: "ms",
      values: times(() => void compileAll(policy, devices)),
    },
    { name: "policy: one device changed, all filters", bound: 10, unit: "ms", values: measureChange(compiled) },
    { name: "policy: a packet decided", bound: 1, unit: "µs", values: measureDecisions(compiled, devices) },
    { name: "policy: a packet explained, for comparison", unit: "µs", values: measureExplanations(policy, devices) },
  ];
}

function compileAll(policy: Policy, devices: readonly PolicyDevice[]): CompiledPolicy {
  const compiled = compilePolicy(policy, devices, 0);
  for (const { id } of devices) compiled.filterFor(id);
  return compiled;
}

/** It gets another tag, and so it leaves some grants and comes into others, as source and as destination. */
function measureChange(compiled: CompiledPolicy): number[] {
  let current = compiled;
  let turn = 0;
  return times(() => {
    turn++;
    current = current.follow({ present: [{ ...newDevice(2), tags: [`tag:t${turn % TAGS}`] }], gone: [] });
    for (let number = 0; number < DEVICES; number++) current.filterFor(`dev_${number}`);
  });
}

function measureDecisions(compiled: CompiledPolicy, devices: readonly PolicyDevice[]): number[] {
  const filters = devices.slice(0, 50).map(({ id }) => compileFilter(compiled.filterFor(id)));
  const packets = filters.flatMap((filter, number) =>
    devices
      .filter((_, from) => from % 17 === 0)
      .map((from) => {
        const bytes = Uint8Array.of(
          ...addressToBytes(from.addresses[0] ?? ""),
          ...addressToBytes(devices[number]?.addresses[0] ?? ""),
        );
        return { filter, packet: { family: 4, bytes, srcAt: 0, dstAt: 4, protocol: TCP, dstPort: 22 } as const };
      }),
  );
  return times(() => {
    for (let at = 0; at < DECISIONS; at++) {
      const { filter, packet } = packets[at % packets.length]!;
      filter(packet);
    }
  }).map((ms) => (ms * 1_000) / DECISIONS);
}

function measureExplanations(policy: Policy, devices: readonly PolicyDevice[]): number[] {
  const evaluator = newEvaluator(policy);
  const asked = 2_000;
  return times(() => {
    for (let at = 0; at < asked; at++) {
      const [from, to] = [devices[at % DEVICES]!, devices[(at * 7) % DEVICES]!];
      evaluator.ask({
        src: { address: from.addresses[0] ?? "", bearer: from },
        dst: { address: to.addresses[0] ?? "", bearer: to },
        protocol: TCP,
        dstPort: 22,
        at: 0,
      });
    }
  }).map((ms) => (ms * 1_000) / asked);
}

/** Milliseconds of each run, the first ones left out: they are the compiler's of the language. */
function times(run: () => void): number[] {
  const all = Array.from({ length: RUNS + 5 }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
  return all.slice(5);
}

function newDevice(number: number): PolicyDevice {
  const isServer = number % 2 === 0;
  return {
    id: `dev_${number}`,
    addresses: [`100.70.${number >> 8}.${number & 255}`, `fd00::${(number + 1).toString(16)}`],
    tags: isServer ? [`tag:t${number % TAGS}`, `tag:t${(number * 3 + 1) % TAGS}`] : [],
    user: isServer ? null : `user${number % PEOPLE}@example.com`,
  };
}

function newDocument(): object {
  const sources = (index: number): string[] =>
    [
      [`tag:t${index % TAGS}`],
      [`group:g${index % GROUPS}`],
      [`user${index % PEOPLE}@example.com`, `tag:t${(index * 3) % TAGS}`],
      [`100.70.${index % 4}.${(index * 8) % 256}/29`],
    ][index % 4] ?? [];
  const destinations = (index: number): string[] =>
    [[`tag:t${(index * 7) % TAGS}`], ["autogroup:member"], [`tag:t${(index * 11) % TAGS}`], [`host${index % 50}`]][
      index % 4 === 1 && index % 20 !== 1 ? 0 : index % 4
    ] ?? [];
  return {
    groups: named(GROUPS, (at) => [
      `group:g${at}`,
      Array.from({ length: 10 }, (_, member) => `user${(at * 5 + member) % PEOPLE}@example.com`),
    ]),
    tagOwners: named(TAGS, (at) => [`tag:t${at}`, []]),
    hosts: named(50, (at) => [`host${at}`, `100.70.${at % 4}.${at}`]),
    grants: Array.from({ length: GRANTS }, (_, index) => ({
      src: sources(index),
      dst: destinations(index),
      ip: [["tcp:22", "icmp"], ["tcp:443"], ["udp:53", "tcp:53"], ["*"]][index % 4],
    })),
  };
}

const named = (count: number, entry: (at: number) => [string, unknown]): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => entry(at)));
