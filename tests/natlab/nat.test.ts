/**
 * The lab's NATs do what their names say, asked of the kernel with real sockets. If they do
 * not, no result from the lab means anything.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Dependence, type NetworkName, PORT_BLOCK } from "./behaviour.ts";
import { Lab } from "./lab.ts";
import { Probe, type ProbeSocket } from "./probe/probe.ts";
import { openVantage, portOf, seenBy, type Vantage } from "./probe/vantage.ts";
import { SERVER_ADDRESSES } from "./topology.ts";

const [FIRST] = SERVER_ADDRESSES;

const EIM = { mapping: "endpoint-independent" } as const;
const ADM = { mapping: "address-dependent" } as const;
const APDM = { mapping: "address-and-port-dependent" } as const;
const EIF = { filtering: "endpoint-independent" } as const;
const ADF = { filtering: "address-dependent" } as const;
const APDF = { filtering: "address-and-port-dependent" } as const;

type Ports = "preserved" | "consecutive" | "scattered" | "of one block";

/** What the outside must see of each network; every name is here, so none goes unproven. */
const expected = {
  public: { ...EIM, ...EIF, ports: "preserved" },
  firewall: { ...EIM, ...APDF, ports: "preserved" },
  "eim-apdf": { ...EIM, ...APDF, ports: "preserved" },
  "eim-adf": { ...EIM, ...ADF, ports: "preserved" },
  "eim-eif": { ...EIM, ...EIF, ports: "preserved" },
  "eim-random": { ...EIM, ...APDF, ports: "scattered" },
  "adm-adf": { ...ADM, ...ADF, ports: "scattered" },
  "adm-sequential": { ...ADM, ...APDF, ports: "consecutive" },
  "adm-random": { ...ADM, ...APDF, ports: "scattered" },
  sequential: { ...APDM, ...APDF, ports: "consecutive" },
  "random-adf": { ...APDM, ...ADF, ports: "scattered" },
  "random-block": { ...APDM, ...APDF, ports: "of one block" },
  random: { ...APDM, ...APDF, ports: "scattered" },
  cgn: { ...EIM, ...APDF, ports: "preserved" },
  poisonable: { ...EIM, ...APDF, ports: "preserved" },
  hairpin: { ...EIM, ...APDF, ports: "preserved" },
  upnp: { ...APDM, ...APDF, ports: "scattered" },
  "upnp-cgn": { ...APDM, ...APDF, ports: "scattered" },
  forgetful: { ...EIM, ...APDF, ports: "preserved" },
} as const satisfies Record<
  Exclude<NetworkName, "udp-blocked">,
  { mapping: Dependence; filtering: Dependence; ports: Ports }
>;

const kinds = Object.keys(expected) as (keyof typeof expected)[];

describe.runIf(process.getuid?.() === 0)("the lab's NATs", () => {
  // One lab for each kind with all that is asked of it: what the kernel remembers must not leak between kinds.
  describe.each(kinds)("%s", (network) => {
    let lab: Lab<"a">;
    let host: Probe;
    let server: Vantage;

    beforeEach(async () => {
      lab = await Lab.create({ hosts: { a: { network } } });
      host = Probe.on(lab, "a");
      server = await openVantage(lab);
    });
    afterEach(() => lab[Symbol.asyncDispose]());

    test(`maps ${expected[network].mapping}`, async () => {
      const socket = await host.open();
      const seen = await endpointsSeen(socket, server);
      expect(mappingOf(seen)).toBe(expected[network].mapping);
      for (const endpoint of Object.values(seen)) expect(endpoint.split(":")[0]).toBe(lab.host("a").publicAddress);
    });

    test(`filters ${expected[network].filtering}`, async () => {
      const socket = await host.open();
      expect(await filteringOf(socket, server)).toBe(expected[network].filtering);
    });

    test(`gives out ports that are ${expected[network].ports}`, async () => {
      const ports: { inside: number; outside: number }[] = [];
      for (let i = 0; i < 6; i++) {
        const socket = await host.open();
        ports.push({ inside: socket.port, outside: portOf(await seenBy(socket, server.main, `port ${i}`)) });
      }
      expect(allocationOf(ports)).toBe(expected[network].ports);
    });

    // Conntrack that remembered the stray packet would give the host another port towards that stranger.
    test.skipIf(network === "poisonable")("is not thrown by strangers that came first", async () => {
      const socket = await host.open();
      const endpoint = await seenBy(socket, server.main, "hello");
      await server.otherPort.send(endpoint, "stranger");
      await server.main.send(endpoint, "fence");
      await socket.sourceOf("fence");

      await socket.send(server.otherPort.name, "to the stranger");
      const seen = await server.otherPort.sourceOf("to the stranger");
      if (expected[network].mapping === "endpoint-independent") expect(seen).toBe(endpoint);

      await server.otherPort.send(seen, "answer");
      await expect(socket.sourceOf("answer")).resolves.toBe(server.otherPort.name);
    });
  });

  test.each<NetworkName>(["random", "random-adf", "random-block"])(
    "%s gives another port for every destination",
    async (network) => {
      await using lab = await Lab.create({ hosts: { a: { network } } });
      const server = await openVantage(lab);
      const seen = await endpointsSeen(await Probe.on(lab, "a").open(), server);
      expect(new Set(Object.values(seen)).size).toBe(4);
    },
  );

  test("adm-sequential gives the next port for the next address, and the same for another port of it", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "adm-sequential" } } });
    const server = await openVantage(lab);
    const { main, otherPort, otherAddress, otherBoth } = await endpointsSeen(await Probe.on(lab, "a").open(), server);
    expect(otherPort).toBe(main);
    expect(portOf(otherAddress)).toBe(portOf(main) + 1);
    expect(otherBoth).toBe(otherAddress);
  });

  test("random draws from all ports but the privileged ones", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "random" } } });
    const server = await openVantage(lab);
    const host = Probe.on(lab, "a");
    const ports: number[] = [];
    for (let i = 0; i < 64; i++) ports.push(portOf(await seenBy(await host.open(), server.main, `port ${i}`)));
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1_024);
    // No draw on one side of what hosts themselves choose from, or on the other: less than once in 10^8.
    expect(Math.min(...ports)).toBeLessThan(32_768);
    expect(Math.max(...ports)).toBeGreaterThan(49_152);
  });

  test("blocked UDP does not pass while TCP does", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "udp-blocked" }, b: { network: "public" } } });
    const listener = lab.spawn("server", [process.execPath, "-e", TCP_GREETER]);
    await listener.waitForLine(/listening/, 5_000);
    const server = await openVantage(lab);
    const blocked = await Probe.on(lab, "a").open();
    const open = await Probe.on(lab, "b").open();

    await blocked.send(server.main.name, "blocked");
    const { stdout } = await lab.exec("a", [process.execPath, "-e", tcpClient(`${FIRST}`)]);
    expect(stdout).toBe(`hello ${lab.host("a").publicAddress}`);

    // Sent after the blocked one was on its way.
    await open.send(server.main.name, "open");
    await server.main.sourceOf("open");
    expect(server.main.received().map(({ text }) => text)).toEqual(["open"]);
  });

  test("a carrier's subscriber crosses two NATs, and two subscribers share its address", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "cgn" }, b: { carrierOf: "a" } } });
    const [a, b] = [lab.host("a"), lab.host("b")];
    expect(a.routers.map((router) => router.name)).toEqual(["a-nat", "a-cgn1"]);
    expect(b.publicAddress).toBe(a.publicAddress);

    const server = await openVantage(lab);
    const seenFrom = async (name: "a" | "b"): Promise<string> =>
      (await seenBy(await Probe.on(lab, name).open(), server.main, name)).split(":")[0] ?? "";
    expect(await Promise.all([seenFrom("a"), seenFrom("b")])).toEqual([a.publicAddress, a.publicAddress]);

    // The home router's outside is an inside of the carrier's, never the overlay's 100.64.0.0/10.
    expect(a.routers[0]?.uplink).toMatchObject({ kind: "lan", address: expect.stringMatching(/^172\.30\./) });
    const { stdout } = await lab.exec("a", ["ping", "-c", "1", FIRST]);
    expect(stdout).toMatch(/ttl=61/); // 64 less two routers and the internet.
  });

  test("hosts of one LAN share the router, keep apart, and reach each other without it", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { lanOf: "a" } } });
    const server = await openVantage(lab);
    const [a, b] = await Promise.all([
      Probe.on(lab, "a").open("0.0.0.0", 4000),
      Probe.on(lab, "b").open("0.0.0.0", 4000),
    ]);
    const endpoints = [await seenBy(a, server.main, "from a"), await seenBy(b, server.main, "from b")];
    expect(new Set(endpoints).size).toBe(2);
    expect(new Set(endpoints.map((endpoint) => endpoint.split(":")[0]))).toEqual(
      new Set([lab.host("a").publicAddress]),
    );

    await a.send(`${lab.host("b").address}:4000`, "neighbour");
    expect(await b.sourceOf("neighbour")).toBe(`${lab.host("a").address}:4000`);
    expect(await lab.udpBytesBetween("a", "b", "lan")).toBeGreaterThan(0);
    expect(await lab.udpBytesBetween("a", "b")).toBe(0);
  });

  test.each<NetworkName>(["eim-apdf", "eim-eif", "random"])(
    "%s forgets its mappings when it is flushed",
    async (network) => {
      await using lab = await Lab.create({ hosts: { a: { network } } });
      const server = await openVantage(lab);
      const socket = await Probe.on(lab, "a").open();
      const endpoint = await seenBy(socket, server.main, "before");
      await lab.flushConntrack("a");

      await server.main.send(endpoint, "too late");
      const after = await seenBy(socket, server.main, "after");
      await server.main.send(after, "in time");
      await socket.sourceOf("in time");
      expect(socket.received().map(({ text }) => text)).toEqual(["in time"]);
    },
  );
});

type Seen = Readonly<Record<keyof Vantage, string>>;

async function endpointsSeen(socket: ProbeSocket, server: Vantage): Promise<Seen> {
  return {
    main: await seenBy(socket, server.main, "to main"),
    otherPort: await seenBy(socket, server.otherPort, "to other port"),
    otherAddress: await seenBy(socket, server.otherAddress, "to other address"),
    otherBoth: await seenBy(socket, server.otherBoth, "to both other"),
  };
}

/** RFC 5780 §4.3, with the answers of all four sockets instead of a decision after each. */
function mappingOf({ main, otherPort, otherAddress, otherBoth }: Seen): Dependence {
  if (new Set([main, otherPort, otherAddress, otherBoth]).size === 1) return "endpoint-independent";
  if (main === otherPort && otherAddress === otherBoth) return "address-dependent";
  return "address-and-port-dependent";
}

/** RFC 5780 §4.4: after one packet to the server's first socket, which of its others may write? */
async function filteringOf(socket: ProbeSocket, server: Vantage): Promise<Dependence> {
  const endpoint = await seenBy(socket, server.main, "hello");
  await server.otherBoth.send(endpoint, "stranger");
  await server.otherPort.send(endpoint, "same address");
  // Sent last and always let in: what has not arrived before it does not arrive.
  await server.main.send(endpoint, "fence");
  await socket.sourceOf("fence");
  const texts = socket.received().map(({ text }) => text);
  if (texts.includes("stranger")) return "endpoint-independent";
  return texts.includes("same address") ? "address-dependent" : "address-and-port-dependent";
}

function allocationOf(ports: readonly { inside: number; outside: number }[]): Ports | undefined {
  if (ports.every(({ inside, outside }) => inside === outside)) return "preserved";
  const steps = ports.slice(1).map(({ outside }, i) => outside - (ports[i]?.outside ?? 0));
  if (steps.every((step) => step === 1)) return "consecutive";
  const { first, count } = PORT_BLOCK;
  if (ports.every(({ outside }) => outside >= first && outside < first + count)) return "of one block";
  // Six draws from 64 thousand ports lie within a thousand of each other once in 10^8.
  return Math.max(...steps.map(Math.abs)) > 1_000 ? "scattered" : undefined;
}

const TCP_GREETER = `
  const server = require("node:net").createServer((socket) => socket.end("hello " + socket.remoteAddress));
  server.listen(8080, "0.0.0.0", () => console.log("listening"));`;

const tcpClient = (address: string): string => `
  require("node:net").connect(8080, "${address}").pipe(process.stdout);`;
