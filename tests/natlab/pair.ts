/** The smallest lab that shows most things: a dashboard and two agents, each behind a home router of its own. */
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { Server } from "./server.ts";

export type PairHost = "a" | "b";

export type PairLab = AsyncDisposable & {
  readonly lab: Lab<PairHost>;
  readonly server: Server;
  readonly a: Agent<PairHost>;
  readonly b: Agent<PairHost>;
};

/** Both online, and the direct path between them stands. */
export async function startPair({ delayMs }: { readonly delayMs: number }): Promise<PairLab> {
  const link = { delayMs };
  const lab = await Lab.create({ hosts: { a: { network: "eim-apdf", link }, b: { network: "eim-apdf", link } } });
  try {
    const server = await Server.start(lab);
    const token = await server.createToken(2);
    const start = (host: PairHost): Promise<Agent<PairHost>> => Agent.start(lab, { host, server: server.url, token });
    const [a, b] = await Promise.all([start("a"), start("b")]);
    await untilDirect(a, b);
    return { lab, server, a, b, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
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
