/**
 * Many agents of one team, of whom nobody has met anybody yet.
 *
 * Who has just enrolled greets the others, and in a lab of many all would meet all at once, before their time. So they enroll while
 * the policy lets nobody know anybody, and come back as devices of old.
 */
import { Agent } from "./agent.ts";
import type { Lab } from "./lab.ts";
import { putPolicy } from "./put-policy.ts";
import type { Server } from "./server.ts";

type Crowd = {
  readonly lab: Lab;
  readonly server: Server;
  readonly hosts: readonly string[];
  readonly userspace?: boolean;
};

/** So many at once that each has its programs loaded in time. */
const TOGETHER = 4;

/** Online, by host. `welcome` is called for each as soon as it is. */
export async function enrollStrangers(
  { lab, server, hosts, userspace = false }: Crowd,
  welcome: (agent: Agent) => Promise<unknown>,
): Promise<Map<string, Agent>> {
  const token = await server.createToken(hosts.length);
  const agents = new Map<string, Agent>();
  putPolicy(server, { grants: [] });
  await inTurns(hosts, async (host) => {
    const agent = await Agent.start(lab, { host, server: server.url, token, userspace });
    agents.set(host, agent);
    await agent.stop();
  });
  putPolicy(server, { grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] });
  await inTurns([...agents.values()], async (agent) => {
    agent.up();
    await agent.untilOnline();
    await welcome(agent);
  });
  return agents;
}

async function inTurns<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += TOGETHER) await Promise.all(items.slice(i, i + TOGETHER).map(act));
}
