/** Routers that do more than translate, or remember less: what agents make of them. What poisons is met in simulator.test.ts. */
import { expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { startPair } from "./pair.ts";
import { Server } from "./server.ts";

/** Longer than the forgetful router remembers a silent flow. */
const SILENCE_S = 25;

test("peers that their LAN keeps apart meet at the public endpoints that its router turns back", async () => {
  await using lab = await Lab.create({ hosts: { a: { network: "hairpin" }, b: { lanOf: "a" } } });
  await lab.setPath("a", "b", { block: "everything" });
  await using server = await Server.start(lab);
  const token = await server.createToken(2);
  const start = (host: "a" | "b") => Agent.start(lab, { host, server: server.url, token });
  const [a, b] = await Promise.all([start("a"), start("b")]);

  await a.ping("b", { untilDirect: true });
  for (const [agent, peer] of [
    [a, b],
    [b, a],
  ] as const) {
    const { path } = await agent.untilPeer(peer.name, ({ path }) => path.kind === "direct", {
      timeoutMs: 20_000,
      what: `${agent.name} is turned back to ${peer.name}`,
    });
    expect(path.endpoint).toMatch(new RegExp(`^${lab.host("a").publicAddress}:`));
  }
  expect(await lab.udpBytesBetween("a", "b")).toBe(0);
});

test("a path through a router that forgets stands while nothing is said", async () => {
  await using pair = await startPair({ delayMs: 5, networks: { a: "forgetful", b: "forgetful" } });
  const { lab, a, b } = pair;
  const before = (await a.peer("b")).path;
  await lab.exec("a", ["ping", "-q", "-c2", `-i${SILENCE_S}`, "-W2", b.address], { timeoutMs: 60_000 });
  const after = (await a.peer("b")).path;
  expect(after).toMatchObject({ kind: "direct", since: before.since, endpoint: before.endpoint });
  expect((await b.peer("a")).path.kind).toBe("direct");
});
