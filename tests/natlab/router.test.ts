/** What routers do besides mapping and filtering, and what they have to remember. */
import { describe, expect, test } from "vitest";
import { startBackground } from "./background/background.ts";
import type { NetworkName } from "./behaviour.ts";
import { Lab } from "./lab.ts";
import { Probe } from "./probe/probe.ts";
import { openVantage, portOf, seenBy } from "./probe/vantage.ts";
import { runCommand } from "./run-command.ts";

describe.runIf(process.getuid?.() === 0)("a router of the lab", () => {
  test("that keeps a stranger's packet shows that stranger another port from then on", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "poisonable" } } });
    const server = await openVantage(lab);
    const socket = await Probe.on(lab, "a").open();
    const endpoint = await seenBy(socket, server.main, "hello");
    await server.otherPort.send(endpoint, "too early");
    await server.main.send(endpoint, "fence");
    await socket.sourceOf("fence");

    const poisoned = await seenBy(socket, server.otherPort, "to the stranger");
    expect(portOf(poisoned)).not.toBe(portOf(endpoint));
    expect(await seenBy(socket, server.main, "to the first")).toBe(endpoint);
    expect(socket.received().map(({ text }) => text)).toEqual(["fence"]);
  });

  // What the simulator takes for Linux's rule: see overload.test.ts of @pinhole/natsim.
  test("whose port is taken towards one remote gives a socket's later flows the newest port that it has", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { lanOf: "a" } } });
    const server = await openVantage(lab);
    const [a, b] = await Promise.all([
      Probe.on(lab, "a").open("0.0.0.0", 4000),
      Probe.on(lab, "b").open("0.0.0.0", 4000),
    ]);
    const ports = async (socket: typeof a, remotes: readonly (keyof typeof server)[]): Promise<number[]> => {
      const seen: number[] = [];
      for (const [i, remote] of remotes.entries())
        seen.push(portOf(await seenBy(socket, server[remote], `${socket === a ? "a" : "b"} ${i} to ${remote}`)));
      return seen;
    };
    expect(await ports(a, ["main"])).toEqual([4000]);
    const [free, taken, later, again] = await ports(b, ["otherPort", "main", "otherAddress", "otherPort"]);
    expect(free).toBe(4000);
    expect(taken).not.toBe(4000);
    expect(later).toBe(taken);
    // Flows keep what they have, and the first host is not disturbed.
    expect(again).toBe(4000);
    expect(await ports(a, ["otherAddress", "otherBoth"])).toEqual([4000, 4000]);
  });

  test("with hairpinning brings its hosts together as if they were outside", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "hairpin" }, b: { lanOf: "a" } } });
    await lab.setPath("a", "b", { block: "everything" });
    const server = await openVantage(lab);
    const [a, b] = await Promise.all([Probe.on(lab, "a").open(), Probe.on(lab, "b").open()]);
    const [atA, atB] = [await seenBy(a, server.main, "a"), await seenBy(b, server.main, "b")];

    await a.send(atB, "round the corner");
    expect(await b.sourceOf("round the corner")).toBe(atA);
    await b.send(atA, "and back");
    expect(await a.sourceOf("and back")).toBe(atB);
    expect(await lab.udpBytesBetween("a", "b")).toBe(0);
  });

  test("without hairpinning does not", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { lanOf: "a" } } });
    const server = await openVantage(lab);
    const [a, b] = await Promise.all([Probe.on(lab, "a").open(), Probe.on(lab, "b").open()]);
    const [, atB] = [await seenBy(a, server.main, "a"), await seenBy(b, server.main, "b")];
    await a.send(atB, "round the corner");
    await seenBy(a, server.main, "a is through");
    await server.main.send(atB, "fence");
    await b.sourceOf("fence");
    expect(b.received().map(({ text }) => text)).toEqual(["fence"]);
  });

  test("that is forgetful drops a flow after twenty seconds of silence", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "forgetful" } } });
    const server = await openVantage(lab);
    const socket = await Probe.on(lab, "a").open("0.0.0.0", 4000);
    const endpoint = await seenBy(socket, server.main, "hello");
    await server.main.send(endpoint, "in time");
    await socket.sourceOf("in time");

    const startedAt = performance.now();
    await expect.poll(() => rememberedFlows(lab.namespace("a-nat")), { timeout: 40_000, interval: 500 }).toBe(0);
    expect(performance.now() - startedAt).toBeGreaterThan(18_000);
    await server.main.send(endpoint, "too late");
    await seenBy(socket, server.otherPort, "again");
    await server.otherPort.send(endpoint, "fence");
    await socket.sourceOf("fence");
    expect(socket.received().map(({ text }) => text)).toEqual(["in time", "fence"]);
  });

  test("gives ports to other flows in between", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "sequential" }, b: { lanOf: "a" } } });
    const server = await openVantage(lab);
    const host = Probe.on(lab, "a");
    const nextPort = async (text: string): Promise<number> =>
      portOf(await seenBy(await host.open(), server.main, text));
    const first = await nextPort("before");
    expect(await nextPort("alone")).toBe(first + 1);

    const background = await startBackground(lab, { host: "b", perSecond: 50 });
    await expect.poll(() => lab.natSessions("a")).toBeGreaterThan(20);
    background.kill();
    await background.exited;
    const others = (await lab.natSessions("a")) - 2;
    expect(await nextPort("after")).toBe(first + 2 + others);
  });
});

describe.runIf(process.getuid?.() === 0)("the session counters", () => {
  test.each<[NetworkName, number]>([
    ["public", 0],
    ["firewall", 3],
    ["eim-apdf", 3],
    ["random", 3],
    // Begun by the host, and once more by the stranger that is let in.
    ["eim-eif", 4],
    ["cgn", 3],
  ])("count the flows that %s has to remember, not the packets: %i", async (network, flows) => {
    await using lab = await Lab.create({ hosts: { a: { network }, b: { network: "public" } } });
    const server = await openVantage(lab);
    const b = await Probe.on(lab, "b").open();
    const host = Probe.on(lab, "a");
    const [socket, ...others] = [await host.open(), await host.open(), await host.open()];
    for (const [i, one] of [socket, ...others].entries()) {
      await one.send(`${lab.host("b").publicAddress}:${b.port}`, `first of ${i}`);
      const seen = await b.sourceOf(`first of ${i}`);
      await b.send(seen, `answer to ${i}`);
      await one.sourceOf(`answer to ${i}`);
      await one.send(`${lab.host("b").publicAddress}:${b.port}`, `second of ${i}`);
      await b.sourceOf(`second of ${i}`);
    }
    const stranger = await Probe.on(lab, "b").open();
    await stranger.send(await seenBy(socket, server.main, "hello"), "stranger");
    // What the stranger sent is through when its next is.
    await stranger.send(server.otherPort.name, "fence");
    await server.otherPort.sourceOf("fence");

    expect(await lab.natSessions("a", "b")).toBe(flows);
    expect(await lab.natSessions("a", "server")).toBe(network === "public" ? 0 : 1);
    if (network !== "public") await lab.flushConntrack("a");
    expect(await lab.natSessions("a", "b")).toBe(flows);
  });

  test("of two hosts are of one router", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { lanOf: "a" } } });
    const server = await openVantage(lab);
    for (const name of ["a", "b"] as const) await seenBy(await Probe.on(lab, name).open(), server.main, name);
    expect(await lab.natSessions("a")).toBe(2);
    expect(await lab.natSessions("b", "server")).toBe(2);
  });
});

/** The kernel's own list, because asking with a packet would keep the flow alive. */
async function rememberedFlows(namespace: string): Promise<number> {
  const argv = ["ip", "netns", "exec", namespace, "cat", "/proc/net/nf_conntrack"] as const;
  const { stdout } = await runCommand(argv, { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  return stdout.split("\n").filter((line) => line.includes("sport=4000")).length;
}
