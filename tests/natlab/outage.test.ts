/** What breaks, and what must not notice. */
import { expect, test } from "vitest";
import { untilDirect, startPair, untilPath } from "./pair.ts";
import { PingStream } from "./ping-stream.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";

/** Long enough at this pace to be still under way when things happen. */
const TRANSFER_BYTES = 40 * MIB;
const BYTES_PER_SECOND = 4 * MIB;

const LINK = { delayMs: 5 };

test("a transfer whose direct path dies goes on over the relay and is complete", async () => {
  await using pair = await startPair(LINK);
  const { lab, a, b } = pair;
  await startEcho(lab, "b");
  const bytesPerSecond = BYTES_PER_SECOND;
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES / 2, bytesPerSecond });
  await transfer.untilEchoed(3 * MIB);

  await lab.setPath("a", "b", { block: "udp" });
  const crossed = await lab.udpBytesBetween("a", "b");
  expect(crossed).toBeGreaterThan(3 * MIB);

  expect(await transfer.result(90_000)).toMatchObject({ bytes: TRANSFER_BYTES / 2, isIntact: true });
  expect(await lab.udpBytesBetween("a", "b")).toBe(crossed);
  await untilPath(a, b, "relay");
  await untilPath(b, a, "relay");

  await lab.setPath("a", "b", { block: "nothing" });
  await untilDirect(a, b);
});

test("a dead direct path costs at most two and a half seconds of silence", async () => {
  await using pair = await startPair(LINK);
  const { lab, a, b } = pair;
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(20);
  await lab.setPath("a", "b", { block: "udp" });
  const cutAt = pings.lastSequence;
  // What leaves four seconds after the cut must be answered by the relay, or the bound is broken already.
  await pings.untilReplyAfter(cutAt + 40);
  expect(pings.longestGapMs).toBeLessThanOrEqual(2_500);
  await untilPath(a, b, "relay");
});

test("a dead direct path loses nothing of a steady stream", async () => {
  await using pair = await startPair(LINK);
  const { lab, a, b } = pair;
  // As many packets as a call, each way.
  const pings = await PingStream.start(lab, "a", b.address, { everyMs: 20 });
  await pings.untilReplyAfter(100);
  await lab.setPath("a", "b", { block: "udp" });
  await pings.untilReplyAfter(pings.lastSequence + 200);
  // What was under way when the path died, and the router had taken.
  expect(pings.unansweredOf(pings.lastSequence - 50)).toBeLessThanOrEqual(1);
  await untilPath(a, b, "relay");
});

test("a killed and restarted dashboard does not disturb what is direct, and the agents come back to it", async () => {
  await using pair = await startPair(LINK);
  const { lab, server, a, b } = pair;
  await startEcho(lab, "b");
  const pings = await PingStream.start(lab, "a", b.address);
  const bytesPerSecond = BYTES_PER_SECOND;
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: TRANSFER_BYTES, bytesPerSecond });
  await transfer.untilEchoed(2 * MIB);

  await server.kill();
  await a.untilStatus(({ self }) => !self.online, { timeoutMs: 20_000, what: "a notices" });
  const whileAway = transfer.echoed;
  await transfer.untilEchoed(whileAway + 4 * MIB);
  expect(transfer.isOver).toBe(false);

  await server.start();
  await Promise.all([a.untilOnline(), b.untilOnline()]);
  expect(await transfer.result()).toMatchObject({ bytes: TRANSFER_BYTES, isIntact: true });
  const { sent, received } = await pings.stop();
  // The last request may still be on its way.
  expect(received).toBeGreaterThanOrEqual(sent - 1);
  expect((await a.peer("b")).path.kind).toBe("direct");
});

test("an agent that restarts while the dashboard is away reaches its peer by the netmap that it kept", async () => {
  await using pair = await startPair(LINK);
  const { lab, server, a, b } = pair;
  await server.kill();
  await b.stop();
  b.up();
  await b.untilStatus(() => true, { timeoutMs: 10_000, what: "b runs again" });

  const [there, back] = await Promise.all([a.ping("b", { untilDirect: true }), b.ping("a", { untilDirect: true })]);
  expect(there.at(-1)).toMatchObject({ path: "direct", rttMs: expect.any(Number) });
  expect(back.at(-1)).toMatchObject({ path: "direct", rttMs: expect.any(Number) });
  expect((await b.status()).self.online).toBe(false);
  await lab.exec("b", ["ping", "-c3", "-i0.2", "-W5", a.address]);
});
