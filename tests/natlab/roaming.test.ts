/** Networks change under a live path. The data goes on, and directly again as soon as the network lets it. */
import { expect, test } from "vitest";
import type { Lab } from "./lab.ts";
import { type PairHost, startPair, untilPath } from "./pair.ts";
import { PingStream } from "./ping-stream.ts";
import { until } from "./until.ts";

const LINK = { delayMs: 10 };

/** From the moment when the network would carry it, also where only silence tells of a change. */
const DIRECT_AGAIN_MS = 2_000;

/** How long nothing comes through, the time included that the lab takes for the change. */
const SILENT_MS = 2_500;

test("a device that moves to another network is direct from there", async () => {
  await using pair = await startPair(LINK);
  const { lab, b } = pair;
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(20);
  await lab.move("a", { lanOf: "cafe" });
  expect(await msUntilDirect(lab)).toBeLessThan(DIRECT_AGAIN_MS);
  await pings.untilReplyAfter(pings.lastSequence + 20);
  expect(pings.longestGapMs).toBeLessThan(SILENT_MS);
});

test("a router's other address is found out", async () => {
  await using pair = await startPair(LINK);
  const { lab, b } = pair;
  const pings = await PingStream.start(lab, "a", b.address);
  await pings.untilReplyAfter(20);
  await lab.renumber("a");
  expect(await msUntilDirect(lab)).toBeLessThan(DIRECT_AGAIN_MS);
  await pings.untilReplyAfter(pings.lastSequence + 20);
  expect(pings.longestGapMs).toBeLessThan(SILENT_MS);
});

test("a router that has forgotten everything is opened anew from the inside", async () => {
  await using pair = await startPair(LINK);
  const { lab, a } = pair;
  // From outside, so that it is not the data that opens it.
  const pings = await PingStream.start(lab, "b", a.address);
  await pings.untilReplyAfter(20);
  await lab.flushConntrack("a");
  expect(await msUntilDirect(lab)).toBeLessThan(DIRECT_AGAIN_MS);
  await pings.untilReplyAfter(pings.lastSequence + 20);
  expect(pings.longestGapMs).toBeLessThan(SILENT_MS);
});

test("a router that has forgotten everything shows another port, and the peer follows", async () => {
  await using pair = await startPair({ ...LINK, networks: { a: "random", b: "public" } });
  const { lab, a } = pair;
  const pings = await PingStream.start(lab, "b", a.address);
  await pings.untilReplyAfter(20);
  await lab.flushConntrack("a");
  expect(await msUntilDirect(lab)).toBeLessThan(DIRECT_AGAIN_MS);
  await pings.untilReplyAfter(pings.lastSequence + 20);
  expect(pings.longestGapMs).toBeLessThan(SILENT_MS);
});

test("a device that wakes up is direct again", async () => {
  await using pair = await startPair(LINK);
  const { lab, a, b, haveSlept } = pair;
  const pings = await PingStream.start(lab, "b", a.address);
  await pings.untilReplyAfter(20);
  a.process.kill("SIGSTOP");
  await untilPath(b, a, "relay");
  await lab.flushConntrack("a");

  haveSlept(3_600);
  a.process.kill("SIGCONT");
  expect(await msUntilDirect(lab)).toBeLessThan(DIRECT_AGAIN_MS);
  await pings.untilReplyAfter(pings.lastSequence + 20);
  await untilPath(a, b, "direct");
});

/** How long it takes until data crosses the internet both ways, and goes on doing so. */
async function msUntilDirect(lab: Lab<PairHost>): Promise<number> {
  const startedAt = performance.now();
  const crossed = async (): Promise<readonly number[]> => {
    const directions = [lab.traffic("a", "b", { what: "bulky" }), lab.traffic("b", "a", { what: "bulky" })];
    return (await Promise.all(directions)).map(({ packets }) => packets);
  };
  const before = await crossed();
  await until(
    async () => {
      const now = await crossed();
      return now.every((packets, i) => packets >= (before[i] ?? 0) + 3) ? true : undefined;
    },
    { timeoutMs: 60_000, what: "data crosses the internet both ways", intervalMs: 20 },
  );
  return performance.now() - startedAt;
}
