/**
 * How long after a policy is saved the agents of a large team run it, by their own word: a thousand sessions, each over
 * its own encrypted connection, in another process than the server.
 *
 * The clock runs from the moment before the policy is written until the server has each agent's word for the filter that
 * the policy gives it; a figure is the 990th of a thousand. Every policy changes the filter of every device, and a few
 * dozen peers of each second one. What a thousand machines would do at once is done one after another on one core (see
 * policy-agents.ts), and that is most of it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { newIdentity, TestServer } from "../../apps/dashboard/src/server/agent/testing.ts";
import type { Figure } from "./figure.ts";
import type { AgentOrder } from "./policy-agents.ts";

const DEVICES = 1_000;
const TAGS = 40;
const CHANGES = 5;
const PATIENCE_MS = 300_000;
const PAUSE_MS = 2_000;

export async function measureEnforcement(): Promise<Figure[]> {
  await using server = await TestServer.start();
  const agents = Array.from({ length: DEVICES }, (_, number) => {
    const identity = newIdentity();
    const { id } = server.newAgent({
      identityKey: identity.publicKey,
      tags: number % 2 === 0 ? [`tag:t${number % TAGS}`] : [],
      candidates: [{ kind: "host", endpoint: "192.168.1.20:41641" }],
    });
    return { id, privateKey: identity.privateKey.export({ format: "jwk" }) };
  });
  const child = fork(fileURLToPath(new URL("./policy-agents.ts", import.meta.url)), {
    serialization: "advanced",
    // A thousand agents' room for what is young, or half of it is taken for old.
    execArgv: ["--max-semi-space-size=64"],
  });
  try {
    const order: AgentOrder = { url: server.url, fingerprint: server.keys.fingerprint, agents };
    server.savePolicy(2, policyText(0));
    const connectedAt = performance.now();
    child.send(order);
    await untilCurrent(server);
    const onlineMs = performance.now() - connectedAt;

    const p99s: number[] = [];
    const serverMs: number[] = [];
    const agentsMs: number[] = [];
    for (let change = 1; change <= CHANGES; change++) {
      const [serverAt, agentsAt] = [process.cpuUsage(), await cpuOf(child)];
      p99s.push(await measureChange(server, change));
      // Nobody saves policies faster than their tickets are made, and those are part of what one costs.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await untilCurrent(server);
      serverMs.push(busyMs(process.cpuUsage(serverAt)));
      agentsMs.push(busyMs(await cpuOf(child)) - busyMs(agentsAt));
    }
    return [
      { name: "policy: 1,000 devices come online, each with 1,000 peers", unit: "ms", values: [onlineMs] },
      {
        name: "policy: in force on 1,000 devices, p99 of each change",
        bound: 2_000,
        unit: "ms",
        values: p99s,
        isEach: true,
      },
      { name: "policy: processor time of the server for each change", unit: "ms", values: serverMs },
      { name: "policy: processor time of the 1,000 agents", unit: "ms", values: agentsMs },
    ];
  } finally {
    child.disconnect();
  }
}

/** When the 990th of a thousand had said its word. */
async function measureChange(server: TestServer, change: number): Promise<number> {
  const startedAt = performance.now();
  const acknowledgedMs = new Map<string, number>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = server.hub.bus.subscribe((event) => {
    if (event.kind !== "filter") return;
    acknowledgedMs.set(event.deviceId, performance.now() - startedAt);
    if (acknowledgedMs.size === DEVICES) resolve();
  });
  const late = setTimeout(resolve, PATIENCE_MS);
  server.savePolicy(2 + change, policyText(change));
  await promise;
  clearTimeout(late);
  stop();
  return [...acknowledgedMs.values()].toSorted((a, b) => a - b)[Math.ceil(DEVICES * 0.99) - 1] ?? Number.NaN;
}

function cpuOf(child: ChildProcess): Promise<NodeJS.CpuUsage> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.CpuUsage>();
  child.once("message", (usage) => resolve(usage as NodeJS.CpuUsage));
  child.send("cpu");
  return promise;
}

const busyMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;

async function untilCurrent({ hub, team }: TestServer): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { devices } = hub.rollout(team.id);
    if (devices.length === DEVICES && devices.every(({ state }) => state === "current")) return;
    if (performance.now() > deadline) throw new Error(`after ${PATIENCE_MS} ms ${devices.length} devices are online`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Each one moves who may reach whom, for every device: the tags' turn, and a port. */
function policyText(change: number): string {
  const grants = Array.from({ length: TAGS / 2 }, (_, at) => ({
    src: [`tag:t${(at * 2 + change * 2) % TAGS}`, "autogroup:member"],
    dst: [`tag:t${at * 2}`],
    ip: [`tcp:${5_000 + change}`, "icmp"],
  }));
  const all = { src: ["*"], dst: ["autogroup:member"], ip: [`tcp:${6_000 + change}`] };
  const tagOwners = Object.fromEntries(Array.from({ length: TAGS }, (_, at) => [`tag:t${at}`, []]));
  return JSON.stringify({ tagOwners, grants: [...grants, all] });
}
