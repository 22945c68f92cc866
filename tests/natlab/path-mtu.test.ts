/** A path that carries less than the interface takes: nothing hangs, and who asks is told how much it is. */
import { describe, expect, test } from "vitest";
import { ADDRESSES, DatapathPair, EVERYTHING, IDS } from "./datapath-pair.ts";
import { startPair } from "./pair.ts";
import { MIB, startEcho, startTransfer } from "./transfer.ts";
import { until } from "./until.ts";

const [B4, B6] = ADDRESSES.b;
const WIDE = 1_500;
const NARROW = 1_400;
/** Of {@link NARROW}, less 20 for IP, 8 for UDP and 32 for the tunnel, in whole blocks of 16. */
const INNER_MTU = 1_328;
/** The same of what pings find, which is in steps of 32: 1,372 of {@link NARROW}, and all of {@link WIDE}. */
const INNER_MTU_FOUND = 1_312;
const INNER_MTU_OF_ETHERNET = 1_440;
const V4_ECHO_BYTES = 28;
const V6_ECHO_BYTES = 48;

/** A peer that is never there keeps the interface wide, or the host itself would refuse what is too long. */
const WIDE_PEER = {
  id: `dev_${"c".repeat(32)}`,
  nodeKey: Buffer.alloc(32, 9).toString("base64url"),
  addresses: ["100.90.16.3"],
} as const;

describe.runIf(process.getuid?.() === 0)("two agents", () => {
  test("find out what their path carries, and what it carries when it has become narrow", async () => {
    await using pair = await startPair({ delayMs: 1 });
    const { lab, b } = pair;
    const hasMtu = async (bytes: number): Promise<true | undefined> =>
      (await lab.exec("a", ["ip", "link", "show", "pinhole0"])).stdout.includes(`mtu ${bytes} `) || undefined;
    await until(() => hasMtu(INNER_MTU_OF_ETHERNET), {
      timeoutMs: 10_000,
      what: "the interface takes what an Ethernet does",
    });
    await lab.exec("a", ["ping", "-M", "do", "-c", "2", "-i", "0.2", "-W", "2", "-s", "1400", b.address]);

    await lab.setPath("a", "b", { mtu: NARROW });
    const pings = lab.exec("a", ["ping", "-c", "48", "-i", "0.5", b.address], { timeoutMs: 40_000 });
    await until(() => hasMtu(INNER_MTU_FOUND), { timeoutMs: 30_000, what: "the interface takes what the path does" });
    await lab.exec("a", ["ping", "-M", "do", "-c", "2", "-i", "0.2", "-W", "2", "-s", "1280", b.address]);
    await pings;
  });
});

describe.runIf(process.getuid?.() === 0)("a narrow path", () => {
  test("is told to who sends too much in one piece, and carries what fits", async () => {
    await using pair = await openWide();
    await narrow(pair);
    const ping = (to: string, bytes: number): Promise<{ stdout: string }> =>
      pair.lab.exec("a", ["ping", "-M", "do", "-c", "2", "-i", "0.2", "-W", "2", "-s", String(bytes), to], {
        allowFailure: true,
      });
    expect((await ping(B4, WIDE - 200)).stdout).toContain(`${INNER_MTU}`);
    expect((await ping(B4, INNER_MTU - V4_ECHO_BYTES + 1)).stdout).toMatch(/0 received/);
    expect((await ping(B4, INNER_MTU - V4_ECHO_BYTES)).stdout).toMatch(/2 received/);
    expect((await ping(B6, INNER_MTU - V6_ECHO_BYTES + 1)).stdout).toMatch(/0 received/);
    expect((await ping(B6, INNER_MTU - V6_ECHO_BYTES)).stdout).toMatch(/2 received/);
    // Told to this device alone, and by this device: nothing of it crossed the path.
    expect(await droppedAsTooBig(pair)).toBeGreaterThan(0);
  });

  test.each([B4, B6])("carries a transfer to %s in segments that it holds from the handshake on", async (to) => {
    await using pair = await openWide();
    await narrow(pair);
    expect(await transfer(pair, to)).toBe(true);
    expect(await droppedAsTooBig(pair)).toBe(0);
  });

  test.each([B4, B6])("does not stop a transfer to %s that began while it was wide", async (to) => {
    await using pair = await openWide();
    const echo = await startEcho(pair.lab, "b");
    const running = startTransfer(pair.lab, { from: "a", to, bytes: 10 * MIB, bytesPerSecond: 4 * MIB });
    await running.untilEchoed(2 * MIB);
    await narrow(pair);
    expect(await running.result()).toMatchObject({ bytes: 10 * MIB, isIntact: true });
    expect(await droppedAsTooBig(pair)).toBeGreaterThan(0);
    await echo.stop();
  });
});

async function openWide(): Promise<DatapathPair> {
  const pair = await DatapathPair.open({ filter: { a: EVERYTHING, b: EVERYTHING } });
  const b = pair.host("b");
  pair.configure("a", { peers: [{ id: IDS.b, nodeKey: b.nodeKey, addresses: ADDRESSES.b }, WIDE_PEER] });
  pair.host("a").tell({ do: "path-mtu", peerId: WIDE_PEER.id, bytes: 1_600 });
  tellBoth(pair, WIDE);
  pair.route("direct");
  await pair.host("a").ping(IDS.b, 1);
  await pair.host("b").ping(IDS.a, 1);
  return pair;
}

/** The network first: what is on its way then dies without a word, as it does in life. */
async function narrow(pair: DatapathPair): Promise<void> {
  await pair.lab.setPath("a", "b", { mtu: NARROW });
  tellBoth(pair, NARROW);
  await pair.host("a").stats();
  await pair.host("b").stats();
}

function tellBoth(pair: DatapathPair, bytes: number): void {
  pair.host("a").tell({ do: "path-mtu", peerId: IDS.b, bytes });
  pair.host("b").tell({ do: "path-mtu", peerId: IDS.a, bytes });
}

async function droppedAsTooBig(pair: DatapathPair): Promise<number> {
  return (await pair.host("a").stats()).dropped["packet-too-big"] ?? 0;
}

/** There and back again: whether all of it arrived as it was. */
async function transfer({ lab }: DatapathPair, to: string): Promise<boolean> {
  const echo = await startEcho(lab, "b");
  const { bytes, isIntact } = await startTransfer(lab, { from: "a", to, bytes: 10 * MIB }).result();
  await echo.stop();
  return isIntact && bytes === 10 * MIB;
}
