/** `pinhole up` on a fresh machine, from the command's start until it says that the device is online. */
import { Agent } from "../natlab/agent.ts";
import { Lab } from "../natlab/lab.ts";
import { Server } from "../natlab/server.ts";
import type { Figure } from "./figure.ts";

const RUNS = 5;

export async function measureUpToOnline(): Promise<Figure> {
  await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf", link: { delayMs: 2 } } } });
  const server = await Server.start(lab);
  const token = await server.createToken(RUNS);
  const values: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    const agent = new Agent(lab, { host: "a", name: `a${run}`, server: server.url, token });
    const startedAt = performance.now();
    const { stdout } = await agent.run(["up", "--server", server.url, "--token", "-", "--name", agent.name], {
      stdin: token,
    });
    values.push(performance.now() - startedAt);
    if (!stdout.includes("Online.")) throw new Error(`not online: ${stdout}`);
    await agent.cli("down");
  }
  return { name: "pinhole up to online, 2 ms to the server", bound: 1_500, unit: "ms", values };
}
