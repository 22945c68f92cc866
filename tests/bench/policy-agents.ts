/**
 * The agents of policy-enforced.ts, in a process of their own: a session each, that takes a policy as a real agent does,
 * and says which filter it runs. The server's address and the agents' keys come over the channel.
 */
import { createHash, createPrivateKey, type JsonWebKey } from "node:crypto";
import type { Device } from "@pinhole/drizzle/schema";
import { sessionEventSchema } from "@pinhole/protocol/control";
import { compileFilter, type FilterRule, newFilterHash } from "@pinhole/protocol/policy";
import { TestAgent, type TestServer } from "../../apps/dashboard/src/server/agent/testing.ts";

export type AgentOrder = {
  readonly url: string;
  readonly fingerprint: Uint8Array;
  readonly agents: readonly { readonly id: Device["id"]; readonly privateKey: JsonWebKey }[];
};

const AT_ONCE = 20;
const hashOf = newFilterHash((text) => createHash("sha256").update(text).digest("base64url"));

process.on("message", ({ url, fingerprint, agents }: AgentOrder) => {
  const server = { url, keys: { fingerprint } } as unknown as TestServer;
  void connectAll(server, agents);
});

/** A few at a time: how quickly a thousand agents come online together is another question. */
async function connectAll(server: TestServer, agents: AgentOrder["agents"]): Promise<void> {
  for (let at = 0; at < agents.length; at += AT_ONCE)
    await Promise.all(agents.slice(at, at + AT_ONCE).map((agent) => connect(server, agent)));
}

/** Settles when the agent has its first netmap. */
function connect(server: TestServer, { id, privateKey }: AgentOrder["agents"][number]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const key = createPrivateKey({ key: privateKey, format: "jwk" });
  const client = new TestAgent(server, { id } as Device, { publicKey: "", privateKey: key }).connect();
  const take = (filter: readonly FilterRule[]): void => {
    compileFilter(filter);
    void client.reportFilter.mutate({ hash: hashOf(filter) }).catch(() => undefined);
  };
  client.events.subscribe(
    { revision: null, agentVersion: "0.1.0" },
    {
      onData: (data: unknown) => {
        const event = sessionEventSchema.parse(data);
        if (event.kind === "netmap") {
          take(event.netmap.filter);
          resolve();
        }
        if (event.kind === "delta" && event.delta.filter !== undefined) take(event.delta.filter);
      },
      onError: () => undefined,
    },
  );
  return promise;
}
