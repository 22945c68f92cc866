/**
 * The agents of policy-enforced.ts, in a process of their own. Each does with what it is sent what a real agent does until
 * its filter is in force, with the real agent's code: opens the frame, checks the event against its schema, applies it to
 * the map that it holds, compiles the filter, and says its hash. The server's address and the agents' keys come over the
 * channel.
 *
 * What a thousand machines do not have is one heap with a thousand maps in it, for its collector to go through again and
 * again. So peers that are equal are held once; of what is the same for all, here only who is online makes a difference.
 */
import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Device } from "@pinhole/drizzle/schema";
import { DELTA_PARTS, type Netmap, type NetmapPeer, sessionEventSchema } from "@pinhole/protocol/control";
import { compileFilter, type FilterRule } from "@pinhole/protocol/policy";
import { applyDelta } from "../../apps/agent/src/control/apply-delta.ts";
import { hashFilter } from "../../apps/agent/src/control/hash-filter.ts";
import { TestAgent, type TestServer } from "../../apps/dashboard/src/server/agent/testing.ts";

export type AgentOrder = {
  readonly url: string;
  readonly fingerprint: Uint8Array;
  readonly agents: readonly { readonly id: Device["id"]; readonly privateKey: JsonWebKey }[];
};

const AT_ONCE = 20;
const ONLINE_TIMEOUT_MS = 15_000;

process.on("message", (order: AgentOrder | "cpu") => {
  if (order === "cpu") {
    process.send?.(process.cpuUsage());
    return;
  }
  const { url, fingerprint, agents } = order;
  const server = { url, keys: { fingerprint } } as unknown as TestServer;
  void connectAll(server, agents);
});
process.on("disconnect", () => process.exit(0));

/** A few at a time: they share a core, and one that waits for it longer than its server is patient has to begin anew. */
async function connectAll(server: TestServer, agents: AgentOrder["agents"]): Promise<void> {
  for (let at = 0; at < agents.length; at += AT_ONCE)
    await Promise.all(agents.slice(at, at + AT_ONCE).map((agent) => connect(server, agent)));
}

const peersHeld = new Map<string, NetmapPeer>();

function heldOnce(peer: NetmapPeer): NetmapPeer {
  const key = `${peer.id} ${peer.online}`;
  const found = peersHeld.get(key) ?? peer;
  peersHeld.set(key, found);
  return found;
}

/** Settles when the agent has its first netmap; like a real one, it tries again where the server took too long. */
async function connect(server: TestServer, { id, privateKey }: AgentOrder["agents"][number]): Promise<void> {
  const key = createPrivateKey({ key: privateKey, format: "jwk" });
  for (;;) {
    const agent = new TestAgent(server, { id } as Device, { publicKey: "", privateKey: key });
    const late = new AbortController();
    const isOnline = await Promise.race([
      follow(agent).then(() => true),
      delay(ONLINE_TIMEOUT_MS, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    if (isOnline) return;
    agent.disconnect();
  }
}

/** Settles when the agent has its first netmap. */
function follow(agent: TestAgent): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = agent.connect();
  let held: Netmap | undefined;
  const run = (filter: readonly FilterRule[]): void => {
    compileFilter(filter);
    void client.reportFilter.mutate({ hash: hashFilter(filter) }).catch(() => undefined);
  };
  client.events.subscribe(
    { revision: null, agentVersion: "0.1.0", understands: [...DELTA_PARTS] },
    {
      onData: (data: unknown) => {
        const event = sessionEventSchema.parse(data);
        if (event.kind === "netmap") {
          held = { ...event.netmap, peers: event.netmap.peers.map(heldOnce) };
          run(held.filter);
          resolve();
        } else if (event.kind === "delta" && held !== undefined) {
          const next = applyDelta(held, { ...event.delta, upserted: event.delta.upserted.map(heldOnce) });
          if (!next.ok) throw new Error(`a change does not fit: ${next.error}`);
          if (next.value.filter !== held.filter) run(next.value.filter);
          held = next.value;
        }
      },
      onError: () => undefined,
    },
  );
  return promise;
}
