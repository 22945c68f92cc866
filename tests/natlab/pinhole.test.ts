/** Over IPv6 nothing is translated, and a router's firewall is all that keeps strangers out: it is asked to let them in to one port. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { giveIpv6, giveServerIpv6, ipv6Site, runIn } from "./ipv6.ts";
import { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";
import type { MapperEvent } from "./mapper-host.ts";
import { MappingDaemon } from "./mapping-daemon.ts";
import { Server } from "./server.ts";
import { SERVER_ADDRESSES } from "./topology.ts";
import { until } from "./until.ts";

const MAPPER = fileURLToPath(new URL("./mapper-host.ts", import.meta.url));
const SITE = ipv6Site(1);
const FAR_SITE = ipv6Site(2);
const SERVER_SITE = ipv6Site(3);
const PORT = 41_000;

test.each(["pcp", "igd2"] as const)(
  "a pinhole by %s lets strangers in to one port, and is closed at the end",
  async (protocol) => {
    await using lab = await Lab.create({ hosts: { a: { network: "upnp" } } });
    await giveIpv6(lab, "a", SITE);
    const daemon = await MappingDaemon.start(lab, "a", { protocols: [protocol] });
    const options = { gateway: SITE.router, address: SITE.host, "on-link": SITE.network, port: String(PORT) };
    const argv = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const mapper = lab.spawn("a", [process.execPath, MAPPER, ...argv]);

    const { mapping } = await untilMapped(mapper);
    expect(mapping).toMatchObject({ protocol, external: { address: SITE.host, port: PORT } });
    expect(await daemon.opened()).toHaveLength(1);
    await sendFromOutside(lab, PORT + 1, "to the next port");
    await sendFromOutside(lab, PORT, "to the port");
    await mapper.waitForLine(/to the port/, 5_000);
    expect(events(mapper).filter(({ is }) => is === "datagram")).toEqual([
      { is: "datagram", port: PORT, text: "to the port" },
    ]);

    expect(await mapper.stop()).toMatchObject({ code: 0 });
    expect(await daemon.opened()).toEqual([]);
  },
);

test.each(["pcp", "igd2"] as const)(
  "an agent behind a firewall is reached through its pinhole: %s",
  async (protocol) => {
    // Neither has any other way to the other: UDP over IPv4 does not leave b's house.
    await using lab = await Lab.create({ hosts: { a: { network: "upnp" }, b: { network: "udp-blocked" } } });
    await giveIpv6(lab, "a", SITE);
    await giveIpv6(lab, "b", FAR_SITE);
    await giveServerIpv6(lab, SERVER_SITE);
    const daemon = await MappingDaemon.start(lab, "a", { protocols: [protocol] });
    const stun = [SERVER_ADDRESSES[0], SERVER_SITE.outside].join(",");
    await using server = await Server.start(lab, { env: { PINHOLE_STUN_ADDRESSES: stun } });
    const token = await server.createToken(2);
    const start = (host: "a" | "b") => Agent.start(lab, { host, server: server.url, token });
    const [a, b] = await Promise.all([start("a"), start("b")]);

    // The dashboard's own packet, which nobody inside asked for, has come in.
    const report = await untilReachedBy6(a);
    expect(report).toMatchObject({ protocol, state: "mapped", problem: null });
    // One for each family.
    expect(await daemon.opened()).toHaveLength(2);

    await b.ping("a", { untilDirect: true });
    const { path } = await b.untilPeer("a", ({ path: { kind } }) => kind === "direct", {
      timeoutMs: 20_000,
      what: "b reaches a",
    });
    expect(path.endpoint).toBe(report.reachedAt);
  },
);

type Report = { readonly state: string; readonly protocol: string | null; readonly reachedAt: string | null };

/** What the agent's netcheck says of its router's IPv6, once the dashboard has got through. */
function untilReachedBy6(agent: Agent): Promise<Report> {
  return until(
    async () => {
      const { stdout } = await agent.cli("netcheck", "--json");
      const { portMapping } = JSON.parse(stdout) as { portMapping: Report[] };
      return portMapping.find(({ reachedAt }) => reachedAt?.startsWith(`[${SITE.host}]`) === true);
    },
    { timeoutMs: 30_000, what: `${agent.name} is reached over IPv6` },
  ).catch(async (error: unknown) => {
    const { stdout } = await agent.cli("netcheck");
    throw new Error(`${String(error)}\n${stdout}`);
  });
}

function sendFromOutside(lab: Lab, port: number, text: string) {
  const program = `const s = require("node:dgram").createSocket("udp6"); s.send(${JSON.stringify(text)}, ${port}, "${SITE.host}", () => s.close())`;
  return runIn(lab, "internet", [process.execPath, "-e", program]);
}

function events(mapper: LabProcess): MapperEvent[] {
  return mapper.stdout.map((line) => JSON.parse(line) as MapperEvent);
}

function untilMapped(mapper: LabProcess) {
  const held = () =>
    events(mapper)
      .flatMap((event) => (event.is === "snapshot" && event.snapshot.mapping ? [event.snapshot] : []))
      .at(-1);
  return mapper.waitFor(held, { timeoutMs: 15_000, what: "a mapping" });
}
