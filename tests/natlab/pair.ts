/** The smallest lab that shows most things: a dashboard and two agents, each behind a home router of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent } from "./agent.ts";
import type { NetworkName } from "./behaviour.ts";
import { Lab } from "./lab.ts";
import { Server } from "./server.ts";

/** `cafe` is where nobody lives: a LAN to move to. */
export type PairHost = "a" | "b" | "cafe";

export type PairLab = AsyncDisposable & {
  readonly lab: Lab<PairHost>;
  readonly server: Server;
  readonly a: Agent<PairHost>;
  readonly b: Agent<PairHost>;
  /** Lets a's machine have slept for that long. Its programs do not notice by themselves: stop them meanwhile. */
  readonly haveSlept: (seconds: number) => void;
};

export type PairOptions = {
  readonly delayMs: number;
  /** @default `eim-apdf` */
  readonly networks?: { readonly a?: NetworkName; readonly b?: NetworkName };
};

/** Both online, and the direct path between them stands. */
export async function startPair({ delayMs, networks = {} }: PairOptions): Promise<PairLab> {
  const { a: networkOfA = "eim-apdf", b: networkOfB = "eim-apdf" } = networks;
  const link = { delayMs };
  const lab = await Lab.create<PairHost>({
    hosts: { a: { network: networkOfA, link }, b: { network: networkOfB, link }, cafe: { network: "cgn", link } },
  });
  const uptimeFile = join(lab.directory, "uptime");
  const haveSlept = (seconds: number): void => writeFileSync(uptimeFile, `${seconds}.00 0.00\n`);
  haveSlept(0);
  try {
    const server = await Server.start(lab);
    const token = await server.createToken(2);
    const options = { server: server.url, token };
    const [a, b] = await Promise.all([
      Agent.start<PairHost>(lab, { host: "a", uptimeFile, ...options }),
      Agent.start<PairHost>(lab, { host: "b", ...options }),
    ]);
    await untilDirect(a, b);
    return { lab, server, a, b, haveSlept, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Both sides send over the direct path. */
export async function untilDirect(a: Agent<PairHost>, b: Agent<PairHost>): Promise<void> {
  await a.ping(b.name, { untilDirect: true });
  await untilPath(a, b, "direct");
  await untilPath(b, a, "direct");
}

export async function untilPath(agent: Agent, peer: Agent, wanted: "direct" | "relay"): Promise<void> {
  await agent.untilPeer(peer.name, ({ path }) => path.kind === wanted, {
    timeoutMs: 30_000,
    what: `${agent.name} sends to ${peer.name} by the ${wanted} path`,
  });
}
