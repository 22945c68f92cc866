/**
 * The matrix: real agents behind every pair of networks. Which way their packets go is judged by what crossed the lab's
 * internet, and then `pinhole status` must say the same.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { expectedPath, expectedReason, networkPairs, PAIRED_NETWORKS, type NetworkPair } from "./network-pairs.ts";
import { Server } from "./server.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";

const TRANSFER_BYTES = 10 * MIB;

/** Probes of a pair that ends on the relay cross the internet too, if only to be dropped at the far NAT. */
const PROBES_BYTES = 0.02 * TRANSFER_BYTES;

/** A real distance while they meet, so that the common start has something to be common about. */
const DELAY_MS = 10;

const hosts = Object.fromEntries(
  PAIRED_NETWORKS.flatMap((network, i) =>
    ([1, 2] as const).map((n) => [hostName(i, n), { network, link: { delayMs: DELAY_MS } }]),
  ),
);

let lab: Lab;
let server: Server;
let agents: ReadonlyMap<string, Agent>;

beforeAll(async () => {
  lab = await Lab.create({ hosts });
  server = await Server.start(lab);
  const names = Object.keys(hosts);
  const token = await server.createToken(names.length);
  const started = await Promise.all(names.map((host) => Agent.start(lab, { host, server: server.url, token })));
  agents = new Map(started.map((agent) => [agent.host, agent]));
  await Promise.all(names.map((host) => startEcho(lab, host)));
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

describe.concurrent("the path between", () => {
  const direct = networkPairs.filter((pair) => expectedPath(pair) === "direct");
  const relayed = networkPairs.filter((pair) => expectedPath(pair) === "relay");

  test.each(direct)("%s and %s is direct", async (...pair) => {
    const [a, b] = agentsOf(pair);
    const replies = await a.ping(b.name, { untilDirect: true, timeoutS: 20 });
    expect(replies.at(-1)).toMatchObject({ path: "direct", rttMs: expect.any(Number) });
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { path } = await one.untilPeer(other.name, ({ path: { kind } }) => kind === "direct", {
        timeoutMs: 10_000,
        what: `${one.name} says direct of ${other.name}`,
      });
      expect(path.type).toBe("punched");
    }
  });

  test.each(relayed)("%s and %s is the relay's, and both know why", async (...pair) => {
    const [a, b] = agentsOf(pair);
    expect(await a.ping(b.name)).toEqual([expect.objectContaining({ path: "relay", rttMs: expect.any(Number) })]);
    const reason = await reasonOf(a, b);
    expect(reason).toBe(expectedReason(pair));
    expect(await reasonOf(b, a)).toBe(expectedReason([pair[1], pair[0]]));
  });
});

describe.concurrent("through the tunnel, there and back,", () => {
  beforeAll(async () => {
    for (const host of Object.keys(hosts)) await lab.setLink(host, { delayMs: 0 });
  });

  test.each(networkPairs)("%s and %s exchange pings and 10 MiB", async (...pair) => {
    const [a, b] = agentsOf(pair);
    await lab.exec(a.host, ["ping", "-c2", "-i0.2", "-W5", b.address]);
    await lab.exec(b.host, ["ping", "-c2", "-i0.2", "-W5", a.address]);

    const before = await lab.udpBytesBetween(a.host, b.host);
    const transfer = startTransfer(lab, { from: a.host, to: b.address, bytes: TRANSFER_BYTES });
    expect(await transfer.result(90_000)).toMatchObject({ bytes: TRANSFER_BYTES, isIntact: true });
    const crossed = (await lab.udpBytesBetween(a.host, b.host)) - before;

    if (expectedPath(pair) === "direct") expect(crossed).toBeGreaterThan(2 * TRANSFER_BYTES);
    else expect(crossed).toBeLessThan(PROBES_BYTES);
    expect((await a.peer(b.name)).path.kind).toBe(expectedPath(pair));
    expect((await b.peer(a.name)).path.kind).toBe(expectedPath(pair));
  });
});

function hostName(network: number, n: 1 | 2): string {
  return `${PAIRED_NETWORKS[network]!.replaceAll("-", "").slice(0, 8)}${n}`;
}

function agentsOf([a, b]: NetworkPair): readonly [Agent, Agent] {
  const [one, other] = [hostName(PAIRED_NETWORKS.indexOf(a), 1), hostName(PAIRED_NETWORKS.indexOf(b), 2)];
  return [agents.get(one)!, agents.get(other)!];
}

/** Said once an attempt has come to its end. */
async function reasonOf(agent: Agent, peer: Agent): Promise<string | undefined> {
  const { reason } = await agent.untilPeer(
    peer.name,
    ({ path, reason }) => path.kind === "relay" && reason !== undefined,
    { timeoutMs: 20_000, what: `${agent.name} says why ${peer.name} is relayed` },
  );
  return reason?.code;
}
