/** `npm run demo`, once everything is installed and built: a dashboard, six agents behind six kinds of network, and a way in. */
import { parseArgs } from "node:util";
import { Agent } from "../natlab/agent.ts";
import { Lab } from "../natlab/lab.ts";
import { OWNER, Server } from "../natlab/server.ts";
import { DEVICE_NAMES, DEVICES, type DeviceName } from "./devices.ts";
import { openDoorway } from "./doorway.ts";
import { KEYBOARD_HELP, listenToKeyboard } from "./keyboard.ts";

const INSIDE_PORT = 3000;

const { values } = parseArgs({ options: { port: { type: "string", default: process.env["PORT"] ?? "3000" } } });

// Torn down in whatever state it is: the lab ends every program and every namespace of its own.
const stopped = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopped.resolve());

const failed = await run().catch((error: unknown) => error);
if (failed !== undefined) console.error(failed instanceof Error ? failed.message : failed);
process.exit(failed === undefined ? 0 : 1);

async function run(): Promise<void> {
  const hosts = Object.fromEntries(
    Object.entries(DEVICES).map(([name, { network, delayMs }]) => [name, { network, link: { delayMs } }]),
  ) as Record<DeviceName, { network: (typeof DEVICES)[DeviceName]["network"]; link: { delayMs: number } }>;
  console.log("Building a small internet …");
  await using lab = await Lab.create({ hosts });
  await Promise.race([stopped.promise, start(lab)]);
  await stopped.promise;
  console.log("\nTaking it all down.");
}

async function start(lab: Lab<DeviceName>): Promise<void> {
  console.log("Starting the dashboard …");
  const server = await Server.start(lab, { port: INSIDE_PORT });
  const token = await server.createToken(DEVICE_NAMES.length);
  const doorway = await openDoorway(lab, Number(values.port), INSIDE_PORT);
  console.log(`Starting ${DEVICE_NAMES.length} agents …`);
  const agents = await Promise.all(DEVICE_NAMES.map((host) => Agent.start(lab, { host, server: server.url, token })));
  talk(lab, agents);
  console.log(welcome(lab, agents, doorway.port));
  listenToKeyboard(lab);
}

/** A packet a second between every two, so that every pair looks for its path and every chart has a line. */
function talk(lab: Lab<DeviceName>, agents: readonly Agent<DeviceName>[]): void {
  for (const [i, agent] of agents.entries()) {
    for (const peer of agents.slice(i + 1)) lab.spawn(agent.host, ["ping", "-q", "-i", "1", peer.address]);
  }
}

function welcome(lab: Lab<DeviceName>, agents: readonly Agent<DeviceName>[], port: number): string {
  const rows = agents.map(
    ({ name, host, address }) => `  ${name.padEnd(8)}${address.padEnd(17)}${DEVICES[host].words}`,
  );
  return [
    "",
    `Open      http://127.0.0.1:${port}`,
    `E-mail    ${OWNER.email}`,
    `Password  ${OWNER.password}`,
    "",
    ...rows,
    "",
    "Try: Connections, to see who reaches whom directly and why the others do not; open one to see how it was punched.",
    "",
    ...KEYBOARD_HELP,
    "",
    "A shell on the laptop, from which ping, curl or iperf3 reach the others:",
    `  sudo ip netns exec ${lab.namespace("laptop")} bash`,
    "",
    "Ctrl-C takes all of it down.",
  ].join("\n");
}
