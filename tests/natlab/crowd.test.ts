/** A team whose devices join at one moment, most of them behind hard NATs: each greets the others, and becomes direct by itself. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Agent } from "./agent.ts";
import type { NetworkName } from "./behaviour.ts";
import { Lab } from "./lab.ts";
import { expectedPath } from "./network-pairs.ts";
import { Server } from "./server.ts";

const NETWORKS = [
  "eim-apdf",
  "random",
  "firewall",
  "random",
  "adm-sequential",
  "random-block",
  "cgn",
  "sequential",
] as const satisfies readonly NetworkName[];

const DELAY_MS = 10;
const HOPS = 6;

/** Half a minute of sprays one after the other, and one that misses and comes again a minute later. */
const UNTIL_DIRECT_MS = 120_000;
const SETUP_MS = 120_000;

/** What an attempt may cost a router. */
const MAX_SESSIONS = 1_300;
const MAY_MISS = 2;

const hosts = Object.fromEntries(
  NETWORKS.map((network, at) => [`host${at}`, { network, link: { delayMs: DELAY_MS } }] as const),
);
const pairs = NETWORKS.flatMap((one, i) =>
  NETWORKS.flatMap((other, j) =>
    i < j ? [{ one: `host${i}`, other: `host${j}`, networks: [one, other] as const }] : [],
  ),
);

let lab: Lab;
let agents: Map<string, Agent>;

beforeAll(async () => {
  lab = await Lab.create({ hosts, hops: HOPS });
  const server = await Server.start(lab);
  const token = await server.createToken(NETWORKS.length);
  const started = Object.keys(hosts).map((host) =>
    Agent.start(lab, { host, server: server.url, token, userspace: true }),
  );
  agents = new Map((await Promise.all(started)).map((agent) => [agent.host, agent]));
}, SETUP_MS);

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

test(
  "everybody who can be reached directly is",
  async () => {
    for (const { one, other, networks } of pairs) {
      if (expectedPath(networks) !== "direct") continue;
      await agents.get(one)!.ping(other, { untilDirect: true, timeoutS: UNTIL_DIRECT_MS / 1_000 });
      await agents.get(one)!.untilPeer(other, ({ path }) => path.kind === "direct", {
        timeoutMs: UNTIL_DIRECT_MS,
        what: `${one} (${networks[0]}) and ${other} (${networks[1]}) are direct`,
      });
    }
    const sessions = await Promise.all(
      pairs.flatMap(({ one, other }) => [lab.natSessions(one, other), lab.natSessions(other, one)]),
    );
    // A spray that misses is repeated; it is seldom that one does.
    expect(sessions.filter((count) => count > MAX_SESSIONS).length).toBeLessThanOrEqual(MAY_MISS);
    for (const count of sessions) expect(count).toBeLessThanOrEqual(2 * MAX_SESSIONS);
  },
  pairs.length * UNTIL_DIRECT_MS,
);
