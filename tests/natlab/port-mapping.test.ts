/**
 * Ports that a real router daemon opens: hosts whose NAT nobody could punch are reached through them, by each protocol that the daemon
 * speaks. What is open is judged by the router's own rules.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { MAPPING_PROTOCOLS, MappingDaemon, type MappingProtocol } from "./mapping-daemon.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

const network = "upnp" as const;
const hosts = {
  pcp: { network },
  natpmp: { network },
  igd2: { network },
  igd1: { network },
  off: { network },
  double: { network: "upnp-cgn" },
  liar: { network: "upnp-cgn" },
  hard: { network: "random" },
} as const;
type Host = keyof typeof hosts;

const HOST_OF = { pcp: "pcp", "nat-pmp": "natpmp", igd2: "igd2", igd1: "igd1" } as const satisfies Record<
  MappingProtocol,
  Host
>;

type Report = {
  readonly state: string;
  readonly offers: readonly string[];
  readonly protocol: string | null;
  readonly reachedAt: string | null;
  readonly problem: string | null;
};

let lab: Lab<Host>;
let server: Server;
let daemons: ReadonlyMap<Host, MappingDaemon>;
let agents: ReadonlyMap<Host, Agent<Host>>;

const daemonOf = (host: Host): MappingDaemon => daemons.get(host)!;
const agentOf = (host: Host): Agent<Host> => agents.get(host)!;

beforeAll(async () => {
  lab = await Lab.create({ hosts });
  const only = (protocol: MappingProtocol) => [HOST_OF[protocol], { protocols: [protocol] }] as const;
  const wanted = [
    ...MAPPING_PROTOCOLS.map(only),
    ["off", {}],
    ["double", {}],
    ["liar", { claims: "7.7.7.200" }],
  ] as const;
  daemons = new Map(
    await Promise.all(
      wanted.map(async ([host, options]) => [host, await MappingDaemon.start(lab, host, options)] as const),
    ),
  );
  server = await Server.start(lab);
  const names = Object.keys(hosts) as Host[];
  const token = await server.createToken(names.length);
  const start = (host: Host) =>
    Agent.start(lab, {
      host,
      server: server.url,
      token,
      userspace: true,
      env: host === "off" ? { PINHOLE_PORT_MAPPING: "0" } : {},
    });
  agents = new Map((await Promise.all(names.map(start))).map((agent) => [agent.host, agent]));
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

describe.each(MAPPING_PROTOCOLS)("a router that speaks %s alone", (protocol) => {
  const host = HOST_OF[protocol];

  test("opens a port, which the dashboard reaches", async () => {
    const report = await untilReported(host, ({ state }) => state === "mapped");
    expect(report).toMatchObject({ offers: [protocol], protocol, problem: null });
    expect(report.reachedAt).toMatch(new RegExp(`^${lab.host(host).publicAddress}:\\d+$`));
    expect(await daemonOf(host).opened()).toHaveLength(1);
  });

  test("makes its host direct for one that no punch reaches", async () => {
    await agentOf("hard").ping(host, { untilDirect: true, timeoutS: 20 });
    const { path } = await agentOf("hard").untilPeer(host, ({ path: { kind } }) => kind === "direct", {
      timeoutMs: 10_000,
      what: `hard says direct of ${host}`,
    });
    expect(path).toMatchObject({ type: "mapped" });
    expect(path.endpoint).toMatch(new RegExp(`^${lab.host(host).publicAddress}:`));
    expect(await lab.udpBytesBetween("hard", host)).toBeGreaterThan(0);
  });
});

test("hosts with an open port each meet whichever way they like", async () => {
  await agentOf("pcp").ping("igd1", { untilDirect: true, timeoutS: 20 });
  expect((await agentOf("igd1").ping("pcp", { untilDirect: true })).at(-1)).toMatchObject({ path: "direct" });
});

test("a router behind another one opens nothing: its host says so, and is relayed", async () => {
  const report = await untilReported("double", ({ state }) => state === "refused" || state === "unverified");
  expect(report).toMatchObject({ protocol: null, reachedAt: null, problem: expect.any(String) });
  expect(report.offers).toContain("pcp");
  const replies = await agentOf("hard").ping("double");
  expect(replies).toEqual([expect.objectContaining({ path: "relay" })]);
  const { stdout } = await agentOf("double").cli("netcheck");
  expect(stdout).toMatch(/Port mapping over IPv4, router 192\.168\.\d+\.1: .*refused: /);
});

// Behind another NAT it would have nothing to grant, and does all the same.
test("a port that nobody outside reaches is given back by each protocol, and is no candidate", async () => {
  const report = await untilReported("liar", ({ problem }) => problem === "unreachable");
  expect(report).toMatchObject({ state: "unverified", protocol: null, reachedAt: null });
  expect(report.offers).toEqual(["pcp", "nat-pmp", "igd2"]);
  expect(await daemonOf("liar").opened()).toEqual([]);
  const { stdout } = await agentOf("liar").cli("netcheck", "--json");
  const { candidates } = JSON.parse(stdout) as { candidates: { kind: string }[] };
  expect(candidates.map(({ kind }) => kind)).not.toContain("mapped");
});

test("a host that was told not to asks for nothing", async () => {
  const { stdout } = await agentOf("off").cli("netcheck");
  expect(stdout).toContain("Port mapping: switched off");
  expect(await daemonOf("off").opened()).toEqual([]);
});

// A daemon of these protocols says to all that it started over.
test.each(["pcp", "natpmp"] as const)("a lost table is noticed, and the port opened anew: %s", async (host) => {
  const daemon = daemonOf(host);
  await daemon.restart();
  await until(async () => ((await daemon.opened()).length === 1 ? true : undefined), {
    timeoutMs: 20_000,
    what: "the port is open again",
  });
  expect(await untilReported(host, ({ state }) => state === "mapped")).toMatchObject({ problem: null });
});

test.each(["pcp", "natpmp", "igd2", "igd1"] as const)("what was opened is closed with the agent: %s", async (host) => {
  expect(await daemonOf(host).opened()).toHaveLength(1);
  await agentOf(host).stop();
  expect(await daemonOf(host).opened()).toEqual([]);
});

/** What the agent's netcheck says of its router, once it is as wanted. */
async function untilReported(host: Host, isWanted: (report: Report) => boolean): Promise<Report> {
  let last: Report | undefined;
  return until(
    async () => {
      const { stdout } = await agentOf(host).cli("netcheck", "--json");
      [last] = (JSON.parse(stdout) as { portMapping: Report[] }).portMapping;
      return last !== undefined && isWanted(last) ? last : undefined;
    },
    { timeoutMs: 30_000, what: `${host}'s router is as wanted` },
  ).catch((error: unknown) => {
    const log = agentOf(host).process.stderr.slice(-30).join("\n");
    throw new Error(`${String(error)}\n${JSON.stringify(last)}\n${log}`);
  });
}
