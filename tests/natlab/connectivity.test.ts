/**
 * The matrix: real agents behind every pair of networks. Which way their packets go is judged by what crossed the lab's
 * internet, and then `pinhole status` must say the same.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agent, PeerStatus } from "./agent.ts";
import { BULKY_BYTES } from "./internet-rules.ts";
import { Lab } from "./lab.ts";
import { enrollStrangers } from "./enroll-strangers.ts";
import {
  expectedPath,
  expectedReason,
  isWithinABlock,
  networkPairs,
  PAIRED_NETWORKS,
  type NetworkPair,
  pairsInARing,
} from "./network-pairs.ts";
import { Server } from "./server.ts";
import { playAll } from "./tournament.ts";
import { MIB, startEcho, startTransfer, type TransferResult } from "./transfer.ts";

const TRANSFER_BYTES = 10 * MIB;

/** From each side, and as many replies. */
const PINGS = 20;

/** A real distance while they meet, so that the common start has something to be common about. */
const DELAY_MS = 10;

/** Farther than the packets reach that are only meant to open the sender's own NAT. */
const HOPS = 6;

/** Pairs that meet at once. More would measure how busy this machine is. */
const SEATS = 4;

/** Once in some forty times the many ports that are tried miss; the next time is a minute later. */
const BETWEEN_TRIES_MS = 60_000;
const UNTIL_DIRECT_S = 150;

/** What one attempt may cost a router, and where the ports are of a block. */
const MAX_SESSIONS = 1_300;
const MAX_SESSIONS_IN_BLOCK = 200;

const MATRIX_MS = 12 * 60_000;

const hosts = Object.fromEntries(
  PAIRED_NETWORKS.flatMap((network, i) =>
    ([1, 2] as const).map((n) => [hostName(i, n), { network, link: { delayMs: DELAY_MS } }]),
  ),
);

let lab: Lab;
let server: Server;
let agents: Map<string, Agent>;

beforeAll(async () => {
  lab = await Lab.create({ hosts, hops: HOPS });
  server = await Server.start(lab);
  agents = await enrollStrangers({ lab, server, hosts: Object.keys(hosts) }, ({ host }) => startEcho(lab, host));
}, MATRIX_MS);

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

describe("the path between", () => {
  let meetings: ReadonlyMap<NetworkPair, Promise<Meeting>>;

  beforeAll(() => {
    const results = playAll(networkPairs.map(hostsOf), { seats: SEATS, play: meet });
    meetings = new Map(networkPairs.map((pair, i) => [pair, results[i]!]));
  });

  test.each(networkPairs.map((pair) => [...pair, expectedPath(pair), pair] as const))(
    "%s and %s: %s",
    async (_, __, expected, pair) => {
      const meeting = await meetings.get(pair)!;
      expect(meeting.paths).toEqual([expected, expected]);
      if (expected === "direct") {
        expect(meeting.types).toEqual(["punched", "punched"]);
        for (const crossed of meeting.crossed) expect(crossed).toBeGreaterThanOrEqual(2 * PINGS);
      } else {
        expect(meeting.crossed).toEqual([0, 0]);
        expect(meeting.reasons).toEqual([expectedReason(pair), expectedReason([pair[1], pair[0]])]);
      }
      const most = isWithinABlock(pair) ? MAX_SESSIONS_IN_BLOCK : MAX_SESSIONS;
      for (const sessions of meeting.sessions) expect(sessions).toBeLessThanOrEqual(meeting.tries * most);
    },
    MATRIX_MS,
  );
});

describe("through the tunnel, there and back,", () => {
  let transfers: ReadonlyMap<NetworkPair, Promise<Transferred>>;

  beforeAll(async () => {
    for (const host of Object.keys(hosts)) await lab.setLink(host, { delayMs: 0 });
    const results = playAll(pairsInARing.map(hostsOf), { seats: 2, play: transfer });
    transfers = new Map(pairsInARing.map((pair, i) => [pair, results[i]!]));
  });

  test.each(pairsInARing.map((pair) => [...pair, expectedPath(pair), pair] as const))(
    "%s and %s exchange 10 MiB: %s",
    async (_, __, expected, pair) => {
      const { result, crossed, paths } = await transfers.get(pair)!;
      expect(result).toMatchObject({ bytes: TRANSFER_BYTES, isIntact: true });
      if (expected === "direct") expect(crossed).toBeGreaterThan(2 * TRANSFER_BYTES);
      else expect(crossed).toBeLessThan(0.02 * TRANSFER_BYTES);
      expect(paths).toEqual([expected, expected]);
    },
    MATRIX_MS,
  );
});

type HostPair = readonly [string, string];
type Two<T> = [T, T];

type Meeting = {
  /** What each says of the other. */
  readonly paths: Two<string>;
  readonly types: Two<string | undefined>;
  readonly reasons: Two<string | undefined>;
  /** Packets too long to be probes that crossed the internet while the two pinged each other. */
  readonly crossed: Two<number>;
  readonly sessions: Two<number>;
  /** At most so many times many ports were tried. */
  readonly tries: number;
};

async function meet([one, other]: HostPair): Promise<Meeting> {
  const [a, b] = [agents.get(one)!, agents.get(other)!];
  const startedAt = performance.now();
  const isExpected = expectedPath([networkOf(one), networkOf(other)]) === "direct";
  if (isExpected) await a.ping(b.name, { untilDirect: true, timeoutS: UNTIL_DIRECT_S });
  else await a.ping(b.name);
  const states = await Promise.all([untilSettled(a, b), untilSettled(b, a)]);
  const tries = 1 + Math.floor((performance.now() - startedAt) / BETWEEN_TRIES_MS);
  const sessions = await bothWays(one, other, (from, to) => lab.natSessions(from, to));
  const before = await bothWays(one, other, bulkyPackets);
  await pingThroughTunnel(one, b.address);
  await pingThroughTunnel(other, a.address);
  const after = await bothWays(one, other, bulkyPackets);
  return {
    paths: states.map(({ path }) => path.kind) as Two<string>,
    types: states.map(({ path }) => path.type) as Two<string | undefined>,
    reasons: states.map(({ reason }) => reason?.code) as Two<string | undefined>,
    crossed: [after[0] - before[0], after[1] - before[1]],
    sessions,
    tries,
  };
}

/** Direct, or on the relay with a reason, which is said once an attempt has come to its end. */
function untilSettled(agent: Agent, peer: Agent): Promise<PeerStatus> {
  return agent.untilPeer(
    peer.name,
    ({ path, reason }) => path.kind === "direct" || (path.kind === "relay" && reason !== undefined),
    { timeoutMs: 20_000, what: `${agent.name} settles on a path to ${peer.name}` },
  );
}

async function pingThroughTunnel(host: string, address: string): Promise<void> {
  await lab.exec(host, ["ping", "-q", `-c${PINGS}`, "-i0.01", `-s${BULKY_BYTES}`, "-W5", address]);
}

async function bulkyPackets(from: string, to: string): Promise<number> {
  return (await lab.traffic(from, to, { what: "bulky" })).packets;
}

type Transferred = { readonly result: TransferResult; readonly crossed: number; readonly paths: Two<string> };

async function transfer([one, other]: HostPair): Promise<Transferred> {
  const [a, b] = [agents.get(one)!, agents.get(other)!];
  if (expectedPath([networkOf(one), networkOf(other)]) === "direct") await a.ping(b.name, { untilDirect: true });
  const before = await lab.udpBytesBetween(one, other);
  const result = await startTransfer(lab, { from: one, to: b.address, bytes: TRANSFER_BYTES }).result(90_000);
  const crossed = (await lab.udpBytesBetween(one, other)) - before;
  const states = await Promise.all([a.peer(b.name), b.peer(a.name)]);
  return { result, crossed, paths: states.map(({ path }) => path.kind) as Two<string> };
}

async function bothWays<T>(one: string, other: string, ask: (from: string, to: string) => Promise<T>): Promise<Two<T>> {
  return Promise.all([ask(one, other), ask(other, one)]);
}

function hostName(network: number, n: 1 | 2): string {
  return `${PAIRED_NETWORKS[network]!.replaceAll("-", "").slice(0, 8)}${n}`;
}

/** Alternately the first and the second host of a network, so that none has to play all the matches. */
function hostsOf([a, b]: NetworkPair): HostPair {
  const [i, j] = [PAIRED_NETWORKS.indexOf(a), PAIRED_NETWORKS.indexOf(b)];
  return (j - i) % 2 === 0 ? [hostName(i, 1), hostName(j, 2)] : [hostName(i, 2), hostName(j, 1)];
}

function networkOf(host: string): NetworkPair[number] {
  return PAIRED_NETWORKS.find((_, i) => host === hostName(i, 1) || host === hostName(i, 2))!;
}
