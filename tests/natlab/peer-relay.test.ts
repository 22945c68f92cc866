/** A pair that cannot be direct and a device that may relay for it: what goes by it, and what its end and the policy's cost. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { PingStream } from "./ping-stream.ts";
import { putPolicy } from "./put-policy.ts";
import { Server } from "./server.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";

type Host = "a" | "b" | "ray";

const TRANSFER_BYTES = 2 * MIB;
/** From the last packet by a device that ends to the first over the ordinary relay. */
const MAX_GAP_MS = 2_000;
/** What probes of a pair that goes on trying amount to, and pings that keep a path. */
const PROBES_BYTES = 0.1 * TRANSFER_BYTES;

let lab: Lab<Host>;
let server: Server;
let a: Agent<Host>;
let b: Agent<Host>;
let ray: Agent<Host>;

beforeAll(async () => {
  lab = await Lab.create({
    hosts: {
      a: { network: "random", link: { delayMs: 10 } },
      b: { network: "random", link: { delayMs: 15 } },
      ray: { network: "public", link: { delayMs: 2 } },
    },
    serverLink: { delayMs: 40 },
  });
  server = await Server.start(lab);
  const token = await server.createToken(3);
  const start = (host: Host): Promise<Agent<Host>> => Agent.start(lab, { host, server: server.url, token });
  [a, b, ray] = await Promise.all([start("a"), start("b"), start("ray")]);
  await startEcho(lab, "b");
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

test("without a word of it in the policy, nothing of a pair goes by another device", async () => {
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(50);
  await pings.stop();
  expect(await between("a", "ray", "udp")).toBeLessThan(PROBES_BYTES);
  expect((await a.peer("b")).path).toMatchObject({ kind: "relay", relay: "main" });
});

test("a device that may relay carries the pair by UDP, sealed, and is named", async () => {
  putPolicy(server, policy([{ devices: ["ray"], for: ["*"] }]));
  const pings = await PingStream.start(lab, "a", b.address);
  await untilRelayedBy("ray");
  await pings.stop();

  const before = await counted();
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES });
  expect(await transfer.result(60_000)).toMatchObject({ isIntact: true });
  const after = await counted();
  // There and back, each byte once on either side of the device between.
  expect(after.a - before.a).toBeGreaterThan(2 * TRANSFER_BYTES);
  expect(after.b - before.b).toBeGreaterThan(2 * TRANSFER_BYTES);
  // Copies of when a pong was late, on a machine that is: of twice as much for each of the two, were it all.
  expect(after.server - before.server).toBeLessThan(TRANSFER_BYTES);
  expect(await lab.udpBytesBetween("a", "b")).toBeLessThan(PROBES_BYTES);

  const { path } = await a.peer("b");
  // Both ways to the device, there and back: 2 × (10 + 2 + 15 + 2) ms. By the relay it would be 210.
  expect(path.rttMs).toBeGreaterThanOrEqual(55);
  expect(path.rttMs).toBeLessThan(150);
  expect((await a.cli("status")).stdout).toMatch(/ b +online +via device ray {2}\d+ ms/);
  expect((await b.cli("why", "a")).stdout).toMatch(/^a is reached via device ray, \d+ ms/);
  // Nothing of what it passed on was for itself.
  const { self, peers } = await ray.status();
  expect(self.relaying!.bytes).toBeGreaterThan(2 * TRANSFER_BYTES);
  for (const { rxBytes, txBytes } of peers) expect(rxBytes + txBytes).toBeLessThan(PROBES_BYTES);
});

// Nobody is told: the packets just end somewhere.
test("a relaying device that falls silent costs two seconds at most, and is taken again when it is back", async () => {
  await untilRelayedBy("ray");
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(30);
  await lab.setLink("ray", { block: "everything" });
  await pings.untilReplyAfter(pings.lastSequence + 40);
  await untilRelayedBy("main");
  await lab.setLink("ray", { block: "nothing" });
  expect(pings.longestGapMs).toBeLessThanOrEqual(MAX_GAP_MS);
  await untilRelayedBy("ray");
  await pings.stop();
});

test("one that is killed costs two seconds at most, and is taken again after its start", async () => {
  await untilRelayedBy("ray");
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(30);
  ray.process.kill("SIGKILL");
  await ray.process.exited;
  await pings.untilReplyAfter(pings.lastSequence + 40);
  expect(pings.longestGapMs).toBeLessThanOrEqual(MAX_GAP_MS);
  await untilRelayedBy("main");
  ray.up();
  await ray.untilOnline();
  await untilRelayedBy("ray");
  await pings.stop();
});

test("when the policy takes the right away, nothing is passed on any more, and the pair goes on", async () => {
  const pings = await PingStream.start(lab, "a", b.address);
  await untilRelayedBy("ray");
  putPolicy(server, policy([]));
  await untilRelayedBy("main");
  await pings.untilReplyAfter(pings.lastSequence + 10);
  expect(pings.longestGapMs).toBeLessThanOrEqual(MAX_GAP_MS);
  await pings.stop();

  const [before, passedOn] = [await counted(), (await ray.status()).self.relaying!];
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES });
  expect(await transfer.result(60_000)).toMatchObject({ isIntact: true });
  const after = await counted();
  expect(after.server - before.server).toBeGreaterThan(2 * TRANSFER_BYTES);
  expect(after.a - before.a + after.b - before.b).toBeLessThan(PROBES_BYTES);
  expect((await ray.status()).self.relaying).toEqual({ ...passedOn, lanes: 0 });
});

function policy(relays: readonly unknown[]): unknown {
  return { hosts: { ray: ray.address }, grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }], relays };
}

async function untilRelayedBy(name: string): Promise<void> {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    await one.untilPeer(other.name, ({ path }) => path.kind === "relay" && path.relay === name, {
      // After attempts in vain the next one may be a minute away.
      timeoutMs: 90_000,
      what: `${one.name} reaches ${other.name} by ${name}`,
    });
  }
}

/** Bytes on the wire between each of the two and the device, and between both and the dashboard's relay. */
async function counted(): Promise<{ readonly a: number; readonly b: number; readonly server: number }> {
  const [ofA, ofB, main, other] = await Promise.all([
    between("a", "ray", "udp"),
    between("b", "ray", "udp"),
    between("a", "server", "tcp"),
    between("b", "server", "tcp"),
  ]);
  return { a: ofA, b: ofB, server: main + other };
}

async function between(one: Host, other: Host | "server", protocol: "udp" | "tcp"): Promise<number> {
  const directions = [lab.traffic(one, other, { protocol }), lab.traffic(other, one, { protocol })];
  return (await Promise.all(directions)).reduce((sum, { bytes }) => sum + bytes, 0);
}
