/** IPv6 for some hosts of a lab, which by itself speaks IPv4: nothing is translated, and a router's own rules are all that filters. */
import type { Lab } from "./lab.ts";
import { runCommand } from "./run-command.ts";

const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** The nth site's: of its host, and of its router inside and outside; `internet` is its gateway there. */
export function ipv6Site(n: number) {
  return {
    host: `2001:db8:7${n}::10`,
    router: `2001:db8:7${n}::1`,
    network: `2001:db8:7${n}::/64`,
    outside: `2001:db8:${n}::7`,
    internet: `2001:db8:${n}::1`,
  };
}

export type Ipv6Site = ReturnType<typeof ipv6Site>;

/** Who passes on a packet asks for the next hop's device from an address of this kind, and the lab's devices have none. */
const linkLocal = (device: string, n: 1 | 2): string => `addr add fe80::${n}/64 dev ${device} nodad`;

/** A host behind one router. */
export async function giveIpv6<Name extends string>(lab: Lab<Name>, name: Name, site: Ipv6Site): Promise<void> {
  const router = lab.host(name).routers[0]?.name;
  if (router === undefined) throw new RangeError(`${name} has no router`);
  await ip(lab, "internet", [
    linkLocal(router, 1),
    `addr add ${site.internet}/64 dev ${router} nodad`,
    `route add ${site.network} via ${site.outside}`,
  ]);
  await ip(lab, router, [
    linkLocal("wan", 2),
    linkLocal("lan", 1),
    `addr add ${site.outside}/64 dev wan nodad`,
    `addr add ${site.router}/64 dev lan nodad`,
    `route add default via ${site.internet}`,
  ]);
  await ip(lab, name, [`addr add ${site.host}/64 dev eth0 nodad`, `route add default via ${site.router}`]);
  for (const node of [router, "internet"]) await runIn(lab, node, ["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
}

/** Straight at the internet. */
export async function giveServerIpv6(lab: Lab, { outside, internet }: Ipv6Site): Promise<void> {
  await ip(lab, "internet", [linkLocal("server", 1), `addr add ${internet}/64 dev server nodad`]);
  await ip(lab, "server", [`addr add ${outside}/64 dev eth0 nodad`, `route add default via ${internet}`]);
}

export function runIn(lab: Lab, node: string, argv: readonly string[]) {
  return runCommand(["ip", "netns", "exec", lab.namespace(node), ...argv], { env });
}

function ip(lab: Pick<Lab, "namespace">, node: string, commands: readonly string[]) {
  return runCommand(["ip", "-n", lab.namespace(node), "-6", "-batch", "-"], { stdin: commands.join("\n"), env });
}
