/** The datapath on real kernels: TUN, sockets and filter of two hosts, over a direct path and over the relay. */
import { describe, expect, test } from "vitest";
import { ADDRESSES, DatapathPair, EVERYTHING, IDS, type PairOptions, RANGES } from "./datapath-pair.ts";
import { ECHO_PORT, MIB, startEcho, startTransfer } from "./transfer.ts";
import { until } from "./until.ts";

const TEN_MEGABYTES = 10 * MIB;
const [A4] = ADDRESSES.a;
const [B4, B6] = ADDRESSES.b;

describe.runIf(process.getuid?.() === 0).each(["fast", "portable"] as const)("two datapaths, the %s way,", (speed) => {
  const isPortable = speed === "portable";
  const open = (options: PairOptions = {}): Promise<DatapathPair> => DatapathPair.open({ isPortable, ...options });

  test.each(["direct", "relay"] as const)("carry the hosts' pings and a transfer over %s", async (way) => {
    await using pair = await open();
    pair.route(way);
    expect(await pair.host("a").ping(IDS.b, 1)).toMatchObject({
      via: way === "relay" ? "relay" : { address: pair.lab.host("b").address, port: pair.host("b").port },
    });
    await pair.lab.exec("a", ["ping", "-c", "3", "-i", "0.2", "-W", "2", B4]);
    await pair.lab.exec("b", ["ping", "-c", "3", "-i", "0.2", "-W", "2", A4]);
    await pair.lab.exec("a", ["ping", "-c", "3", "-i", "0.2", "-W", "2", B6]);
    // In pieces, whose later ones carry no ports.
    await pair.lab.exec("a", ["ping", "-c", "2", "-i", "0.2", "-W", "2", "-s", "4000", B4]);
    await pair.lab.exec("a", ["ping", "-c", "2", "-i", "0.2", "-W", "2", "-s", "4000", B6]);
    expect(await transfer(pair, B4)).toBe(true);
    expect(await transfer(pair, B6)).toBe(true);

    const direct = await pair.lab.udpBytesBetween("a", "b");
    if (way === "relay") expect(direct).toBe(0);
    else expect(direct).toBeGreaterThan(2 * TEN_MEGABYTES);
    const { peers } = await pair.host("b").stats();
    expect(peers[IDS.a]).toMatchObject({ lastHandshakeAt: expect.any(Number) });
  });

  test("move a transfer between relay and direct path without losing it", async () => {
    await using pair = await open();
    pair.route("relay");
    await pair.lab.setPath("a", "b", { delayMs: 5 });
    const done = transfer(pair, B4);
    for (const way of ["direct", "relay", "direct"] as const) {
      await pair.host("b").ping(IDS.a, Math.floor(performance.now()) % 60_000);
      pair.route(way);
    }
    expect(await done).toBe(true);
  });

  test("say which way they are, and through what", async () => {
    await using pair = await open();
    expect(pair.host("a").how).toMatch(new RegExp(`^${speed}, interface pinhole0`));
  });

  test("answer pings in the tunnel without an interface", async () => {
    await using pair = await open({ userspace: ["a", "b"] });
    pair.route("direct");
    expect(await pair.host("a").ping(IDS.b, 1)).toHaveProperty("rttMs");
    expect(await pair.host("b").ping(IDS.a, 2)).toHaveProperty("rttMs");
    expect((await pair.host("a").stats()).dropped).toEqual({});
  });

  test("send datagrams that die on the way, from a socket of their own", async () => {
    await using pair = await open();
    const [a, b] = [pair.host("a"), pair.host("b")];
    const to = { address: pair.lab.host("b").address, port: b.port };
    const port = await a.openSocket(1_000);
    // The router takes one off: 1 dies there, and none of the others inherits it.
    for (const [number, ttl] of [[1, 1], [2], [3, 1], [4, 2], [5, 64]] as const) {
      a.tell({
        do: "datagram",
        socket: 1_000,
        to,
        hex: probe(number),
        ...(ttl === undefined ? {} : { options: { ttl } }),
      });
    }
    const heard = await b.datagrams(3);
    expect(heard.map(({ hex }) => hex)).toEqual([2, 4, 5].map(probe));
    expect(heard[0]?.from).toEqual({ address: pair.lab.host("a").address, port });
  });

  test("let in what policy allows, and answers to what the host itself began", async () => {
    const onlyEcho = [
      { src: RANGES, dst: RANGES, allow: [{ protocol: 6, ports: [ECHO_PORT, ECHO_PORT] as [number, number] }] },
    ];
    await using pair = await open({ filter: { a: EVERYTHING, b: onlyEcho } });
    pair.route("direct");
    expect(await pair.host("b").ping(IDS.a, 1)).toHaveProperty("rttMs");
    const refused = await pair.lab.exec("a", ["ping", "-c", "2", "-i", "0.2", "-W", "1", B4], { allowFailure: true });
    expect(refused.stdout).toContain("100% packet loss");
    expect((await pair.host("b").stats()).dropped).toMatchObject({ policy: 2 });
    await pair.lab.exec("b", ["ping", "-c", "2", "-i", "0.2", "-W", "1", A4]);
    expect(await transfer(pair, B4)).toBe(true);
  });

  // What innernet once let through: the kernel takes its own address on any interface.
  test("keep a neighbour on the LAN from reaching an overlay address past the tunnel", async () => {
    await using pair = await open({ isLan: true });
    pair.route("direct");
    await pair.host("a").ping(IDS.b, 1);
    await pair.host("a").close();
    await pair.lab.exec("a", ["ip", "route", "add", B4, "via", pair.lab.host("b").address, "dev", "eth0"]);
    const ping = ["ping", "-c", "1", "-W", "1", B4] as const;
    expect((await pair.lab.exec("a", ping, { allowFailure: true })).stdout).toContain("100% packet loss");
    // Without the guard it is let in: the packet does get there.
    await pair.lab.exec("b", ["nft", "delete", "table", "inet", "pinhole_pinhole0"]);
    await pair.lab.exec("a", ping);
  });

  test("leave nothing behind when they close", async () => {
    await using pair = await open();
    pair.route("direct");
    await pair.host("a").ping(IDS.b, 1);
    const before = await pair.lab.exec("a", ["sh", "-c", "ip -br link; nft list tables"]);
    expect(before.stdout).toMatch(/pinhole0 [\s\S]*inet pinhole_pinhole0/);
    await pair.host("a").close();
    const after = await pair.lab.exec("a", ["sh", "-c", "ip -br link; ip route; nft list tables"]);
    expect(after.stdout).not.toContain("pinhole");
  });

  test("refuse a range that the machine uses, and take it when it is free again", async () => {
    await using pair = await open();
    pair.configure("a", { ranges: [], selfAddresses: [] });
    await pair.lab.exec("a", ["ip", "route", "add", "100.90.20.0/24", "dev", "eth0"]);
    pair.configure("a");
    const clash = await pair.host("a").error("overlay-clash");
    expect(clash.words).toContain("100.90.16.0/20 overlaps the route 100.90.20.0/24 of the interface eth0");
    const addresses = async (): Promise<string> =>
      (await pair.lab.exec("a", ["ip", "addr", "show", "pinhole0"])).stdout;
    expect(await addresses()).not.toContain(A4);

    await pair.lab.exec("a", ["ip", "route", "del", "100.90.20.0/24", "dev", "eth0"]);
    pair.configure("a");
    pair.route("direct");
    await pair.host("a").ping(IDS.b, 1);
    expect(await addresses()).toContain(A4);
  });

  test("say so when the interface is removed, and go on without it", async () => {
    await using pair = await open();
    pair.route("direct");
    expect(await pair.host("a").ping(IDS.b, 1)).toHaveProperty("rttMs");
    await pair.lab.exec("a", ["ip", "link", "del", "pinhole0"]);
    expect((await pair.host("a").error("interface-gone")).words).toContain("pinhole0");
    expect(await pair.host("a").ping(IDS.b, 2)).toHaveProperty("rttMs");
    expect(await pair.host("b").ping(IDS.a, 3)).toHaveProperty("rttMs");
  });

  test("drop what the host writes while its interface is down, and recover when it is up", async () => {
    await using pair = await open();
    pair.route("direct");
    await pair.host("a").ping(IDS.b, 1);
    await pair.lab.exec("b", ["ip", "link", "set", "pinhole0", "down"]);
    expect(await pair.host("a").ping(IDS.b, 2, 500)).toBe("timeout");
    expect((await pair.host("b").stats()).dropped).toHaveProperty("interface-down");
    expect((await pair.host("b").error("interface-failed")).words).toContain("was taken down");
    await pair.lab.exec("b", ["ip", "link", "set", "pinhole0", "up"]);
    expect(await pair.host("a").ping(IDS.b, 3)).toHaveProperty("rttMs");
  });
});

describe.runIf(process.getuid?.() === 0)("the program that the portable way has its interface from", () => {
  const hasInterface = async ({ lab }: DatapathPair): Promise<boolean> =>
    (await lab.exec("a", ["ip", "-br", "link"])).stdout.includes("pinhole0");

  test("is missed when it dies, and the rest goes on", async () => {
    await using pair = await DatapathPair.open({ isPortable: true });
    pair.route("direct");
    await pair.host("a").ping(IDS.b, 1);
    const { stdout } = await pair.lab.exec("a", ["pgrep", "-P", String(pair.host("a").process.pid)]);
    process.kill(Number(stdout), "SIGKILL");
    expect((await pair.host("a").error("interface-gone")).words).toContain("pinhole0");
    expect(await pair.host("a").ping(IDS.b, 2)).toHaveProperty("rttMs");
  });

  test("ends with the agent, however that ends", async () => {
    await using pair = await DatapathPair.open({ isPortable: true });
    expect(await hasInterface(pair)).toBe(true);
    process.kill(pair.host("a").process.pid, "SIGKILL");
    await until(async () => !(await hasInterface(pair)) || undefined, { timeoutMs: 10_000, what: "no interface" });
  });
});

/** Shaped like one: type 4 with an index that nobody gave out. */
function probe(number: number): string {
  return `04000000${"07".repeat(43)}${number.toString(16).padStart(2, "0")}`;
}

/** There and back again: whether all of it arrived as it was. */
async function transfer({ lab }: DatapathPair, to: string): Promise<boolean> {
  const echo = await startEcho(lab, "b");
  const { bytes, isIntact } = await startTransfer(lab, { from: "a", to, bytes: TEN_MEGABYTES }).result();
  await echo.stop();
  return isIntact && bytes === TEN_MEGABYTES;
}
