/** Resident memory of an agent that does nothing, and of a dashboard with fifty of them. */
import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "../natlab/agent.ts";
import { Lab } from "../natlab/lab.ts";
import { Server } from "../natlab/server.ts";
import { startPair } from "../natlab/pair.ts";
import type { Figure } from "./figure.ts";
import { residentMegabytes } from "./memory.ts";

const CROWD = 50;
/** So many start at the same time. Everybody hears of every newcomer, and two cores have to do everybody's work. */
const AT_ONCE = 2;
/** Two reports of every agent, and time for a garbage collector to come by. */
const SETTLE_MS = 40_000;

export async function measureIdleAgent(): Promise<Figure> {
  await using pair = await startPair({ delayMs: 2 });
  await delay(SETTLE_MS);
  const values = [pair.a, pair.b].map((agent) => residentMegabytes(agent.process.pid));
  return { name: "memory of an idle agent with an interface and one direct peer", bound: 90, unit: "MB", values };
}

export async function measureCrowd(): Promise<Figure[]> {
  await using lab = await Lab.create({ hosts: { crowd: { network: "eim-apdf" } } });
  const server = await Server.start(lab);
  const token = await server.createToken(CROWD);
  const agents: Agent[] = [];
  for (let first = 1; first <= CROWD; first += AT_ONCE) {
    const names = Array.from({ length: AT_ONCE }, (_, i) => `d${first + i}`);
    const options = { host: "crowd" as const, server: server.url, token, userspace: true };
    agents.push(...(await Promise.all(names.map((name) => Agent.start(lab, { ...options, name })))));
  }
  await delay(SETTLE_MS);
  return [
    {
      name: `memory of the server with ${CROWD} agents`,
      bound: 300,
      unit: "MB",
      values: [residentMegabytes(server.process.pid)],
    },
    {
      name: `memory of an idle agent without an interface, ${CROWD - 1} peers`,
      unit: "MB",
      values: agents.map((agent) => residentMegabytes(agent.process.pid)),
    },
  ];
}
