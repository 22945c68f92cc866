/**
 * From the first packet to a peer: when it is answered (over the relay), and when the direct path stands. Each run begins
 * with agents just started and routers that remember nothing.
 */
import type { Agent } from "../natlab/agent.ts";
import type { Lab } from "../natlab/lab.ts";
import { type PairHost, startPair, untilPath } from "../natlab/pair.ts";
import type { Figure } from "./figure.ts";

const RUNS = 10;

type Contact = { readonly answeredMs: number; readonly directMs: number };

/** `delayMs` is one way from an agent to the server; between agents it is twice that. */
export async function measureFirstContact(delayMs: number, isBound: boolean): Promise<Figure[]> {
  await using pair = await startPair({ delayMs });
  const contacts: Contact[] = [];
  for (let run = 0; run < RUNS; run++) {
    await startAnew(pair.lab, pair.a, pair.b);
    contacts.push(await makeContact(pair.lab, pair.a, pair.b));
  }
  const where = `${2 * delayMs} ms round trip to the server, ${4 * delayMs} ms between agents`;
  const bound = isBound ? { bound: 250 } : {};
  return [
    {
      name: `first packet answered; ${where}`,
      ...bound,
      unit: "ms",
      values: contacts.map(({ answeredMs }) => answeredMs),
    },
    {
      name: `first packet to direct path; ${where}`,
      ...bound,
      unit: "ms",
      values: contacts.map(({ directMs }) => directMs),
    },
  ];
}

async function startAnew(lab: Lab<PairHost>, ...agents: readonly Agent<PairHost>[]): Promise<void> {
  await Promise.all(agents.map((agent) => agent.stop()));
  await Promise.all(agents.map((agent) => lab.flushConntrack(agent.host)));
  for (const agent of agents) agent.up();
  for (const agent of agents) {
    await agent.untilOnline();
    // Long-running agents have measured their NAT and have their connection to the relay.
    await agent.process.waitForLine(/NAT measured udp=ok/, 15_000);
  }
  for (const [agent, peer] of [agents, agents.toReversed()] as [Agent, Agent][]) {
    await agent.untilPeer(peer.name, ({ online, path }) => online && path.kind === "relay", {
      timeoutMs: 15_000,
      what: `${agent.name} could reach ${peer.name} by the relay`,
    });
  }
}

async function makeContact(lab: Lab<PairHost>, a: Agent<PairHost>, b: Agent<PairHost>): Promise<Contact> {
  // -D: the time of the answer, from which the round trip leads back to that of the request.
  const { stdout } = await lab.exec("a", ["ping", "-D", "-c1", "-W10", b.address]);
  const [, at, rtt] = /^\[(\d+\.\d+)\] .* time=([\d.]+) ms$/m.exec(stdout) ?? [];
  const answeredMs = Number(rtt);
  const sentAt = Number(at) * 1_000 - answeredMs;
  await untilPath(a, b, "direct");
  const { path } = await a.peer(b.name);
  return { answeredMs, directMs: Date.parse(path.since) - sentAt };
}
