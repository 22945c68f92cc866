/** Several relays for a pair that cannot be direct: which one carries it, and what its end costs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { PingStream } from "./ping-stream.ts";
import { relaySettings, StandAloneRelay } from "./relay.ts";
import { Server } from "./server.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";

type Host = "a" | "b" | "near" | "far";

const TRANSFER_BYTES = 4 * MIB;
/** From the last packet over a relay that ends to the first over another. */
const MAX_GAP_MS = 2_000;

let lab: Lab<Host>;
let server: Server;
let near: StandAloneRelay<Host>;
let a: Agent<Host>;
let b: Agent<Host>;

beforeAll(async () => {
  lab = await Lab.create({
    hosts: {
      a: { network: "random", link: { delayMs: 10 } },
      b: { network: "random", link: { delayMs: 15 } },
      near: { network: "public", link: { delayMs: 2 } },
      far: { network: "public", link: { delayMs: 60 } },
    },
    serverLink: { delayMs: 40 },
  });
  server = await Server.start(lab, { env: relaySettings(lab, ["near", "far"]) });
  near = await StandAloneRelay.start(lab, "near", server);
  await StandAloneRelay.start(lab, "far", server);
  const token = await server.createToken(2);
  const start = (host: Host): Promise<Agent<Host>> => Agent.start(lab, { host, server: server.url, token });
  [a, b] = await Promise.all([start("a"), start("b")]);
  await startEcho(lab, "b");
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

test("both sides choose the nearer one, and it carries what they exchange", async () => {
  await untilRelay("near");
  const before = await carriedBy("near");
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES });
  expect(await transfer.result(60_000)).toMatchObject({ isIntact: true });
  expect((await carriedBy("near")) - before).toBeGreaterThan(4 * TRANSFER_BYTES);
  expect(await carriedBy("far")).toBeLessThan(0.1 * TRANSFER_BYTES);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const { path } = await one.peer(other.name);
    expect(path).toMatchObject({ kind: "relay", relay: "near" });
    // Both ways to the relay, there and back: 2 × (10 + 2 + 15 + 2) ms.
    expect(path.rttMs).toBeGreaterThanOrEqual(55);
    expect(path.rttMs).toBeLessThan(90);
  }
});

test("the dashboard's end is not noticed, and the relay's own then costs two seconds at most", async () => {
  await untilRelay("near");
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(10);
  await server.kill();
  await a.untilStatus(({ self }) => !self.online, { timeoutMs: 20_000, what: "a notices" });
  await pings.untilReplyAfter(pings.lastSequence + 20);
  const { sent, received } = await pings.stop();
  // The last request may still be on its way.
  expect(received).toBeGreaterThanOrEqual(sent - 1);

  const later = await PingStream.start(lab, "a", b.address);
  await later.untilReplyAfter(10);
  await near.kill();
  await later.untilReplyAfter(later.lastSequence + 40);
  expect(later.longestGapMs).toBeLessThanOrEqual(MAX_GAP_MS);
  await untilRelay("far");
  await later.stop();

  await server.start();
  await near.start();
  await Promise.all([a.untilOnline(), b.untilOnline()]);
  await untilRelay("near");
});

// Nobody is told: the packets just end somewhere.
test("a relay that falls silent costs two seconds at most, and is taken again when it is back", async () => {
  await untilRelay("near");
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(10);
  await lab.setLink("near", { block: "everything" });
  await pings.untilReplyAfter(pings.lastSequence + 40);
  expect(pings.longestGapMs).toBeLessThanOrEqual(MAX_GAP_MS);
  await untilRelay("main");
  await lab.setLink("near", { block: "nothing" });
  await untilRelay("near");
  await pings.stop();
});

async function untilRelay(name: string): Promise<void> {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    await one.untilPeer(other.name, ({ path }) => path.kind === "relay" && path.relay === name, {
      timeoutMs: 60_000,
      what: `${one.name} sends to ${other.name} over ${name}`,
    });
  }
}

/** Bytes between the two agents and a relay, over TCP. */
async function carriedBy(relay: Host): Promise<number> {
  const directions = (["a", "b"] as const).flatMap((host) => [
    lab.traffic(host, relay, { protocol: "tcp" }),
    lab.traffic(relay, host, { protocol: "tcp" }),
  ]);
  return (await Promise.all(directions)).reduce((sum, { bytes }) => sum + bytes, 0);
}
