/** Two devices in one house: the packets stay in it. */
import { expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { Server } from "./server.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";

const TRANSFER_BYTES = 10 * MIB;

/** STUN, the control session and what went through the relay before the path stood. */
const SMALL_TALK_BYTES = MIB;

test("peers on one LAN take the path of the LAN", async () => {
  await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { lanOf: "a" } } });
  await using server = await Server.start(lab);
  const token = await server.createToken(2);
  const start = (host: "a" | "b") => Agent.start(lab, { host, server: server.url, token });
  const [a, b] = await Promise.all([start("a"), start("b")]);

  await a.ping("b", { untilDirect: true });
  for (const [agent, peer] of [
    [a, b],
    [b, a],
  ] as const) {
    const { path } = await agent.untilPeer(peer.name, ({ path }) => path.type === "lan", {
      timeoutMs: 10_000,
      what: `${agent.name} takes the LAN`,
    });
    expect(path.endpoint).toMatch(new RegExp(`^${lab.host(peer.host).address}:`));
  }

  await startEcho(lab, "b");
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES });
  expect(await transfer.result()).toMatchObject({ bytes: TRANSFER_BYTES, isIntact: true });
  expect(await lab.udpBytesBetween("a", "b", "lan")).toBeGreaterThan(2 * TRANSFER_BYTES);
  expect(await lab.udpBytesBetween("a", "server")).toBeLessThan(SMALL_TALK_BYTES);
  const [up, down] = await Promise.all([
    lab.traffic("a", "server", { protocol: "tcp" }),
    lab.traffic("server", "a", { protocol: "tcp" }),
  ]);
  expect(up.bytes + down.bytes).toBeLessThan(SMALL_TALK_BYTES);
});
