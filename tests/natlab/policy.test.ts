/** What policy denies, the receiving agent drops: the packets are sent, cross the internet, and get no further. */
import { expect, test } from "vitest";
import type { Agent } from "./agent.ts";
import { startPair, untilDirect } from "./pair.ts";
import { putPolicy } from "./put-policy.ts";
import { ECHO_PORT, MIB, startEcho, startTransfer } from "./transfer.ts";

/** So many times a TCP that nobody answers repeats its first packet within the patience below, at least. */
const REPEATS = 2;
const PATIENCE_S = 4;

test("a connection that policy allows in one direction works in that one alone, answers included", async () => {
  await using pair = await startPair({ delayMs: 1 });
  const { lab, server, a, b } = pair;
  await Promise.all([startEcho(lab, "a"), startEcho(lab, "b")]);
  const isOpen = async (from: typeof a, to: typeof a): Promise<boolean> => {
    const target = `/dev/tcp/${to.address}/${ECHO_PORT}`;
    const { code } = await lab.exec(from.host, ["timeout", `${PATIENCE_S}`, "bash", "-c", `: < ${target}`], {
      allowFailure: true,
    });
    return code === 0;
  };
  expect(await Promise.all([isOpen(a, b), isOpen(b, a)])).toEqual([true, true]);

  await server.stop();
  putPolicy(server, {
    hosts: { a: a.address, b: b.address },
    grants: [
      { src: ["a"], dst: ["b"], ip: [`tcp:${ECHO_PORT}`] },
      // The other way nothing but pings, so that the two still know each other.
      { src: ["b"], dst: ["a"], ip: ["icmp"] },
    ],
  });
  await server.start();
  await Promise.all([a.untilOnline(), b.untilOnline()]);
  await expect.poll(() => isOpen(b, a), { timeout: 30_000 }).toBe(false);
  await untilDirect(b, a);

  const before = await lab.traffic("b", "a");
  expect(await Promise.all([isOpen(a, b), isOpen(b, a)])).toEqual([true, false]);
  expect((await lab.traffic("b", "a")).packets - before.packets).toBeGreaterThan(REPEATS);
  // In reach, and not allowed: told apart.
  const bench = await b.run(["bench", "a"], { allowFailure: true });
  expect(bench).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("a answers pings, and its TCP port"),
  });
  const transfer = startTransfer(lab, { from: "a", to: b.address, bytes: MIB });
  expect(await transfer.result()).toMatchObject({ bytes: MIB, isIntact: true });
});

test("a stream that policy forbids stops, whichever way it flows, and a new one starts when it is allowed again", async () => {
  // The way is longer than the pauses of the stream, so that at any moment b has sent what is not yet acknowledged.
  await using pair = await startPair({ delayMs: 20 });
  const { lab, server, a, b } = pair;
  await startEcho(lab, "b");
  // Pings keep the two acquainted: what is cut is the flow, not the peer.
  const put = (...services: string[]): void =>
    putPolicy(server, {
      hosts: { a: a.address, b: b.address },
      grants: [
        { src: ["a"], dst: ["b"], ip: ["icmp", ...services] },
        { src: ["b"], dst: ["a"], ip: ["icmp"] },
      ],
    });
  put(`tcp:${ECHO_PORT}`);
  const stream = startTransfer(lab, { from: "a", to: b.address, bytes: 512 * MIB, bytesPerSecond: 4 * MIB });
  await stream.untilEchoed(2 * MIB);

  put();
  // The receiver refuses what comes in, and its answers: of the echo that b still owes, nothing arrives.
  let last = -1;
  await expect.poll(() => last === (last = stream.echoed), { timeout: 30_000, interval: 2_000 }).toBe(true);
  const before = await lab.traffic("b", "a");
  await expect.poll(async () => (await droppedBy(b)).out, { timeout: 30_000 }).toBeGreaterThan(0);
  await expect.poll(async () => (await droppedBy(b)).in, { timeout: 30_000 }).toBeGreaterThan(0);
  expect((await lab.traffic("b", "a")).bytes - before.bytes).toBeLessThan(MIB);
  expect([stream.echoed, stream.isOver]).toEqual([last, false]);

  put(`tcp:${ECHO_PORT}`);
  const again = startTransfer(lab, { from: "a", to: b.address, bytes: MIB });
  expect(await again.result()).toMatchObject({ bytes: MIB, isIntact: true });
});

/** Packets that policy kept from the host, and from the peer. */
async function droppedBy(agent: Agent): Promise<{ readonly in: number; readonly out: number }> {
  const { stdout } = await agent.run(["metrics"]);
  const count = (direction: string): number =>
    Number(
      new RegExp(`^pinhole_${direction}_dropped_packets_total\\{reason="policy"\\} (\\d+)`, "m").exec(stdout)?.[1] ?? 0,
    );
  return { in: count("inbound"), out: count("outbound") };
}
