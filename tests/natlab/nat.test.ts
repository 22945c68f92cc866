/**
 * The lab's NATs do what their names say, asked of the kernel with real sockets. If they do
 * not, no result from the lab means anything.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Dependence, type NetworkName } from "./behaviour.ts";
import { Lab } from "./lab.ts";
import { Probe, type ProbeSocket } from "./probe/probe.ts";
import { SERVER_ADDRESSES } from "./topology.ts";

const [FIRST, SECOND] = SERVER_ADDRESSES;

/** What the outside must see of each network; every name is here, so none goes unproven. */
const expected = {
  public: { mapping: "endpoint-independent", filtering: "endpoint-independent", ports: "preserved" },
  firewall: { mapping: "endpoint-independent", filtering: "address-and-port-dependent", ports: "preserved" },
  "eim-apdf": { mapping: "endpoint-independent", filtering: "address-and-port-dependent", ports: "preserved" },
  "eim-adf": { mapping: "endpoint-independent", filtering: "address-dependent", ports: "preserved" },
  "eim-eif": { mapping: "endpoint-independent", filtering: "endpoint-independent", ports: "preserved" },
  "eim-random": { mapping: "endpoint-independent", filtering: "address-and-port-dependent", ports: "scattered" },
  "adm-random": { mapping: "address-dependent", filtering: "address-and-port-dependent", ports: "scattered" },
  sequential: { mapping: "address-and-port-dependent", filtering: "address-and-port-dependent", ports: "consecutive" },
  random: { mapping: "address-and-port-dependent", filtering: "address-and-port-dependent", ports: "scattered" },
  cgn: { mapping: "endpoint-independent", filtering: "address-and-port-dependent", ports: "preserved" },
} as const satisfies Record<
  Exclude<NetworkName, "udp-blocked">,
  { mapping: Dependence; filtering: Dependence; ports: "preserved" | "consecutive" | "scattered" }
>;

const kinds = Object.keys(expected) as (keyof typeof expected)[];

describe.runIf(process.getuid?.() === 0)("the lab's NATs", () => {
  // One lab for each kind with all that is asked of it: what the kernel remembers must not leak between kinds.
  describe.each(kinds)("%s", (network) => {
    let lab: Lab<"a">;
    let host: Probe;
    let server: Server;

    beforeEach(async () => {
      lab = await Lab.create({ hosts: { a: { network } } });
      host = Probe.on(lab, "a");
      server = await openServer(lab);
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
    test("is not thrown by strangers that came first", async () => {
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

  test("a random port is another one for every destination", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "random" } } });
    const server = await openServer(lab);
    const seen = await endpointsSeen(await Probe.on(lab, "a").open(), server);
    expect(new Set(Object.values(seen)).size).toBe(4);
  });

  test("blocked UDP does not pass while TCP does", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "udp-blocked" }, b: { network: "public" } } });
    const listener = lab.spawn("server", [process.execPath, "-e", TCP_GREETER]);
    await listener.waitForLine(/listening/, 5_000);
    const server = await openServer(lab);
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

    const server = await openServer(lab);
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
    const server = await openServer(lab);
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
      const server = await openServer(lab);
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

type Server = {
  readonly main: NamedSocket;
  readonly otherPort: NamedSocket;
  readonly otherAddress: NamedSocket;
  readonly otherBoth: NamedSocket;
};
type NamedSocket = ProbeSocket & { readonly name: string };

async function openServer(lab: Lab<any>): Promise<Server> {
  const probe = Probe.on(lab, "server");
  const open = async (address: string, port: number): Promise<NamedSocket> =>
    Object.assign(await probe.open(address, port), { name: `${address}:${port}` });
  return {
    main: await open(FIRST, 3478),
    otherPort: await open(FIRST, 3479),
    otherAddress: await open(SECOND, 3478),
    otherBoth: await open(SECOND, 3479),
  };
}

async function seenBy(socket: ProbeSocket, by: NamedSocket, text: string): Promise<string> {
  await socket.send(by.name, text);
  return by.sourceOf(text);
}

type Seen = Readonly<Record<keyof Server, string>>;

async function endpointsSeen(socket: ProbeSocket, server: Server): Promise<Seen> {
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
async function filteringOf(socket: ProbeSocket, server: Server): Promise<Dependence> {
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

function allocationOf(ports: readonly { inside: number; outside: number }[]): string {
  if (ports.every(({ inside, outside }) => inside === outside)) return "preserved";
  const steps = ports.slice(1).map(({ outside }, i) => outside - (ports[i]?.outside ?? 0));
  if (steps.every((step) => step === 1)) return "consecutive";
  // Six draws from 64 thousand ports lie within a thousand of each other once in 10^8.
  return Math.max(...steps.map(Math.abs)) > 1_000 ? "scattered" : "clustered";
}

const portOf = (endpoint: string): number => Number(endpoint.split(":")[1]);

const TCP_GREETER = `
  const server = require("node:net").createServer((socket) => socket.end("hello " + socket.remoteAddress));
  server.listen(8080, "0.0.0.0", () => console.log("listening"));`;

const tcpClient = (address: string): string => `
  require("node:net").connect(8080, "${address}").pipe(process.stdout);`;
