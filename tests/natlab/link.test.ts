/** Delay, loss and cuts are what the test asked for, and the counters count what crossed. */
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.ts";
import { Probe } from "./probe/probe.ts";
import { openVantage, seenBy } from "./probe/vantage.ts";
import { SERVER_ADDRESSES } from "./topology.ts";

const [FIRST, SECOND] = SERVER_ADDRESSES;

describe.runIf(process.getuid?.() === 0)("a link of the lab", () => {
  test("delays each direction by what was asked, and by the sum between two hosts", async () => {
    await using lab = await Lab.create({
      hosts: { a: { network: "eim-apdf", link: { delayMs: 25 } }, b: { network: "public", link: { delayMs: 7.5 } } },
      serverLink: { delayMs: 2 },
    });
    for (const [target, oneWay] of [
      [FIRST, 27],
      [lab.host("b").publicAddress, 32.5],
    ] as const) {
      const times = await roundTrips(lab, target);
      expect(times[0]).toBeGreaterThanOrEqual(2 * oneWay);
      expect(median(times)).toBeLessThan(2 * oneWay + 2);
    }
  });

  test("changes under way, and is the kernel's own when nothing is asked of it", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "public" } } });
    expect(median(await roundTrips(lab, FIRST))).toBeLessThan(1);
    await lab.setLink("a", { delayMs: 40 });
    expect(median(await roundTrips(lab, FIRST))).toBeGreaterThanOrEqual(80);
    await lab.setLink("a", { delayMs: 0 });
    expect(median(await roundTrips(lab, FIRST))).toBeLessThan(1);
  });

  test("a path between two hosts has a delay of its own and leaves the others alone", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "public" }, b: { network: "public" } } });
    await lab.setPath("a", "b", { delayMs: 15 });
    const toPeer = median(await roundTrips(lab, lab.host("b").publicAddress));
    expect(toPeer).toBeGreaterThanOrEqual(30);
    expect(toPeer).toBeLessThan(32);
    expect(median(await roundTrips(lab, FIRST))).toBeLessThan(2);
  });

  test("jitter spreads the delay evenly", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "public", link: { delayMs: 20, jitterMs: 8 } } } });
    const times = await roundTrips(lab, FIRST);
    expect(times[0]).toBeGreaterThanOrEqual(24);
    expect(times.at(-1)).toBeLessThan(60);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(8);
  });

  test("loses the stated share of packets, and the counters show it", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf", link: { loss: 0.2 } } } });
    const { sent, lost } = await flood(lab, ["-b", "8M", "-l", "200"]);
    expect(sent).toBeGreaterThan(3_000);
    // Four standard deviations of 5000 draws at 20 % are 2.3 %.
    expect(lost / sent).toBeGreaterThan(0.177);
    expect(lost / sent).toBeLessThan(0.223);
    const { packets } = await lab.traffic("a", "server");
    // iperf3 opens with a datagram that it does not count as sent.
    expect(Math.abs(packets - (sent - lost))).toBeLessThanOrEqual(2);
  });

  test("carries 50 Mbit/s through the shim", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf", link: { delayMs: 10 } } } });
    const { sent, lost, bitsPerSecond } = await flood(lab, ["-b", "60M", "-l", "1400"]);
    expect(bitsPerSecond).toBeGreaterThan(50e6);
    expect(lost / sent).toBeLessThan(0.01);
  });

  test("an MTU swallows what is longer, without a word", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "public", link: { mtu: 1300 } } } });
    const ping = async (bytes: number): Promise<string> =>
      (await lab.exec("a", ["ping", "-c1", "-W1", "-Mdo", `-s${bytes - 28}`, FIRST], { allowFailure: true })).stdout;
    expect(await ping(1300)).toMatch(/ 1 received/);
    expect(await ping(1301)).toMatch(/ 0 received/);
  });

  test.each([0, 25])("hops are taken off the TTL, with a delay of %d ms or without", async (delayMs) => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf", link: { delayMs } } }, hops: 6 });
    const ping = async (ttl: number): Promise<string> =>
      (await lab.exec("a", ["ping", "-c1", "-W1", `-t${ttl}`, FIRST], { allowFailure: true })).stdout;
    expect(await ping(64)).toMatch(/ttl=57/); // 64 less six hops and one router, on the way back.
    // The home router and six hops, then the server.
    expect(await ping(8)).toMatch(/ 1 received/);
    expect(await ping(7)).toMatch(/Time to live exceeded/);
  });
});

/** A packet that opens the own NAT and does not provoke the other one: what many a NAT needs to be punched. */
test.runIf(process.getuid?.() === 0)(
  "a packet with a low TTL opens the way for an answer and does not arrive",
  async () => {
    const network = "eim-apdf";
    await using lab = await Lab.create({ hosts: { a: { network }, b: { network } }, hops: 6 });
    const server = await openVantage(lab);
    const [a, b] = await Promise.all([Probe.on(lab, "a").open(), Probe.on(lab, "b").open()]);
    const [atA, atB] = [await seenBy(a, server.main, "a"), await seenBy(b, server.main, "b")];
    await a.send(atB, "primer", 5);
    await seenBy(a, server.main, "the primer is gone");
    expect(await lab.traffic("a", "b", { what: "sent" })).toMatchObject({ packets: 1 });
    expect(await lab.traffic("a", "b")).toMatchObject({ packets: 0 });

    await b.send(atA, "answer");
    expect(await a.sourceOf("answer")).toBe(atB);
    await a.send(atB, "fence");
    expect(await b.sourceOf("fence")).toBe(atA);
    expect(b.received().map(({ text }) => text)).toEqual(["fence"]);
    expect(await lab.traffic("a", "b", { what: "sent" })).toMatchObject({ packets: 2 });
  },
);

describe.runIf(process.getuid?.() === 0)("a cut of the lab", () => {
  test("UDP between two hosts stops while the server and TCP stay in reach, and comes back", async () => {
    await using lab = await threeHosts();
    const probes = await openProbes(lab);
    await lab.setPath("a", "b", { block: "udp" });
    expect(await probes.reach()).toEqual({ "a-b": false, "b-a": false, "a-c": true, "a-server": true });
    expect((await lab.exec("a", ["ping", "-c1", "-W2", lab.host("b").publicAddress])).stdout).toMatch(/ 1 received/);
    await lab.setPath("a", "b", { block: "nothing" });
    expect(await probes.reach()).toEqual({ "a-b": true, "b-a": true, "a-c": true, "a-server": true });
  });

  test("UDP of one host to its peers stops while UDP to the server goes on", async () => {
    await using lab = await threeHosts();
    const probes = await openProbes(lab);
    await lab.setLink("a", { block: "udp-to-peers" });
    expect(await probes.reach()).toEqual({ "a-b": false, "b-a": false, "a-c": false, "a-server": true });
    await lab.setLink("a", { block: "udp" });
    expect(await probes.reach()).toEqual({ "a-b": false, "b-a": false, "a-c": false, "a-server": false });
    expect((await lab.exec("a", ["ping", "-c1", "-W2", FIRST])).stdout).toMatch(/ 1 received/);
    await lab.setLink("a", { block: "everything" });
    expect((await lab.exec("a", ["ping", "-c1", "-W1", FIRST], { allowFailure: true })).code).not.toBe(0);
    await lab.setLink("a", { block: "nothing" });
    expect(await probes.reach()).toEqual({ "a-b": true, "b-a": true, "a-c": true, "a-server": true });
  });

  test("a path within a LAN is cut too", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { lanOf: "a" } } });
    const [a, b] = await Promise.all([Probe.on(lab, "a").open(), Probe.on(lab, "b").open()]);
    const inside = `${lab.host("b").address}:${b.port}`;
    await lab.setPath("a", "b", { block: "udp" });
    await a.send(inside, "cut");
    await lab.setPath("a", "b", { block: "nothing" });
    await a.send(inside, "mended");
    await b.sourceOf("mended");
    expect(b.received().map(({ text }) => text)).toEqual(["mended"]);
  });

  test("counters tell apart who sent what to whom", async () => {
    await using lab = await threeHosts();
    const [a, b] = await Promise.all([Probe.on(lab, "a").open(), Probe.on(lab, "b").open()]);
    for (const text of ["one", "two", "six"]) await a.send(`${lab.host("b").publicAddress}:${b.port}`, text);
    await b.send(`${lab.host("a").publicAddress}:${a.port}`, "seven");
    await a.sourceOf("seven");
    await b.sourceOf("six");

    const header = 20 + 8;
    expect(await lab.traffic("a", "b")).toEqual({ packets: 3, bytes: 3 * (header + 3) });
    expect(await lab.traffic("b", "a")).toEqual({ packets: 1, bytes: header + 5 });
    expect(await lab.udpBytesBetween("b", "a")).toBe(3 * (header + 3) + header + 5);
    expect(await lab.udpBytesBetween("a", "c")).toBe(0);
    expect(await lab.traffic("a", "b", { protocol: "tcp" })).toEqual({ packets: 0, bytes: 0 });

    const server = await Probe.on(lab, "server").open(SECOND, 3478);
    await a.send(`${SECOND}:3478`, "to the other address");
    await server.sourceOf("to the other address");
    expect((await lab.traffic("a", "server")).packets).toBe(1);
  });
});

type Three = Lab<"a" | "b" | "c">;

const threeHosts = (): Promise<Three> =>
  Lab.create({ hosts: { a: { network: "public" }, b: { network: "public" }, c: { network: "public" } } });

/** Sockets on everybody, and which directions a datagram gets through. */
async function openProbes(lab: Three): Promise<{ reach: () => Promise<Record<string, boolean>> }> {
  const names = ["a", "b", "c", "server"] as const;
  const probes = await Promise.all(
    names.map(async (name) => [name, await Probe.on(lab, name).open(lab.host(name).publicAddress, 4000)] as const),
  );
  const sockets = Object.fromEntries(probes) as Record<(typeof names)[number], (typeof probes)[number][1]>;
  let round = 0;
  const reach = async (): Promise<Record<string, boolean>> => {
    round++;
    const routes = [
      ["a", "b"],
      ["b", "a"],
      ["a", "c"],
      ["a", "server"],
    ] as const;
    for (const [from, to] of routes) {
      await sockets[from].send(`${lab.host(to).publicAddress}:4000`, `${round} ${from}-${to}`);
    }
    // Everybody hears from the server over loopback last, so what is not there by then was cut.
    await Promise.all(
      (["b", "a", "c", "server"] as const).map(async (name) => {
        await sockets[name].send(`${lab.host(name).publicAddress}:4000`, `${round} fence`);
        await sockets[name].sourceOf(`${round} fence`);
      }),
    );
    return Object.fromEntries(
      routes.map(([from, to]) => [
        `${from}-${to}`,
        sockets[to].received().some(({ text }) => text === `${round} ${from}-${to}`),
      ]),
    );
  };
  return { reach };
}

/** Of a, in milliseconds, sorted. */
async function roundTrips(lab: Lab<any>, target: string): Promise<number[]> {
  // One before that is not counted: it waits for ARP.
  const { stdout } = await lab.exec("a", ["ping", "-c", "31", "-i", "0.02", target]);
  const times = [...stdout.matchAll(/icmp_seq=(\d+) .*time=([\d.]+)/g)].filter(([, seq]) => seq !== "1");
  expect(times).toHaveLength(30);
  return times.map(([, , time]) => Number(time)).sort((x, y) => x - y);
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? Number.NaN;

type Flood = { sent: number; lost: number; bitsPerSecond: number };

/** One second of UDP from a to the server. */
async function flood(lab: Lab<any>, options: readonly string[]): Promise<Flood> {
  const server = lab.spawn("server", ["iperf3", "-s", "-1", "--forceflush", "-B", FIRST]);
  await server.waitForLine(/listening/, 5_000);
  const { stdout } = await lab.exec("a", ["iperf3", "-c", FIRST, "-u", "-t", "1", "--json", ...options]);
  const { packets, lost_packets, bits_per_second } = JSON.parse(stdout).end.sum;
  return { sent: packets, lost: lost_packets, bitsPerSecond: bits_per_second };
}
