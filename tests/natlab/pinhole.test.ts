/** Over IPv6 nothing is translated, and a router's firewall is all that keeps strangers out: it is asked to let them in to one port. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";
import type { MapperEvent } from "./mapper-host.ts";
import { MappingDaemon } from "./mapping-daemon.ts";
import { runCommand } from "./run-command.ts";

const MAPPER = fileURLToPath(new URL("./mapper-host.ts", import.meta.url));
const OUTSIDE = { internet: "2001:db8:1::1", router: "2001:db8:1::7" } as const;
const INSIDE = { router: "2001:db8:77::1", host: "2001:db8:77::10" } as const;
const PORT = 41_000;

test.each(["pcp", "igd2"] as const)(
  "a pinhole by %s lets strangers in to one port, and is closed at the end",
  async (protocol) => {
    await using lab = await Lab.create({ hosts: { a: { network: "upnp" } } });
    await giveIpv6(lab);
    const daemon = await MappingDaemon.start(lab, "a", { protocols: [protocol] });
    const options = { gateway: INSIDE.router, address: INSIDE.host, "on-link": "2001:db8:77::/64", port: String(PORT) };
    const argv = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const mapper = lab.spawn("a", [process.execPath, MAPPER, ...argv]);

    const { mapping } = await untilMapped(mapper);
    expect(mapping).toMatchObject({ protocol, external: { address: INSIDE.host, port: PORT } });
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

/** By hand: the lab itself speaks IPv4. */
async function giveIpv6(lab: Lab): Promise<void> {
  const router = lab.host("a").routers[0]!.name;
  const ip = (node: string, ...commands: string[]) =>
    runCommand(["ip", "-n", lab.namespace(node), "-6", "-batch", "-"], {
      stdin: commands.join("\n"),
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
  await ip(
    "internet",
    `addr add ${OUTSIDE.internet}/64 dev ${router} nodad`,
    `route add 2001:db8:77::/64 via ${OUTSIDE.router}`,
  );
  await ip(router, `addr add ${OUTSIDE.router}/64 dev wan nodad`, `addr add ${INSIDE.router}/64 dev lan nodad`);
  await ip("a", `addr add ${INSIDE.host}/64 dev eth0 nodad`, `route add default via ${INSIDE.router}`);
  await runIn(lab, router, ["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
}

function sendFromOutside(lab: Lab, port: number, text: string) {
  const program = `const s = require("node:dgram").createSocket("udp6"); s.send(${JSON.stringify(text)}, ${port}, "${INSIDE.host}", () => s.close())`;
  return runIn(lab, "internet", [process.execPath, "-e", program]);
}

function runIn(lab: Lab, node: string, argv: readonly string[]) {
  return runCommand(["ip", "netns", "exec", lab.namespace(node), ...argv], {
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
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
