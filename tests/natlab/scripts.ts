/**
 * The commands that turn a {@link Topology} into a running network: one batch that makes
 * every namespace and cable, then one shell script in each namespace. Pure; batching is
 * what brings a lab up in a fraction of a second.
 */
import type { NatBehaviour } from "./behaviour.ts";
import { hostFirewallRules, routerRules } from "./router-rules.ts";
import { internetRules, SHIM_DEVICE, SHIM_MARK, switchRules } from "./internet-rules.ts";
import { addressOf, farEnd, GATEWAY, type HostPlan, type RouterPlan, type Topology, type Uplink } from "./topology.ts";

type Node = { readonly name: string; readonly device: string; readonly uplink: Uplink };

export type NodeScript = { readonly node: string; readonly script: string };

/** Above any that a namespace gives out by itself. */
export const FIRST_INDEX = 10_000;

/** Lines for `ip -batch`. Cables are laid straight between namespaces and never show up outside. */
export function creationBatch(topology: Topology, namespace: (node: string) => string): string {
  const nodes = cabledNodes(topology);
  const cables = nodes.map(({ name, device, uplink }, i) => {
    const far = farEnd(name, uplink);
    // The kernel may take a second to notice that a cable is plugged in when both ends happen to have the same index.
    const near = `link add ${device} index ${FIRST_INDEX + i} netns ${namespace(name)}`;
    return `${near} type veth peer name ${far.device} netns ${namespace(far.node)}`;
  });
  return ["internet", ...nodes.map((node) => node.name)]
    .map((node) => `netns add ${namespace(node)}`)
    .concat(cables)
    .join("\n");
}

export function nodeScripts(topology: Topology, hops: number): NodeScript[] {
  const nodes = cabledNodes(topology);
  const portsOf = (node: string): Node[] => nodes.filter(({ name, uplink }) => farEnd(name, uplink).node === node);
  return [
    { node: "internet", script: internetScript(portsOf("internet"), hops) },
    ...topology.routers.map((router) => ({ node: router.name, script: routerScript(router, portsOf(router.name)) })),
    ...[topology.server, ...topology.hosts].map((host) => ({ node: host.name, script: hostScript(host) })),
  ];
}

function cabledNodes({ server, hosts, routers }: Topology): Node[] {
  return [
    ...[server, ...hosts].map(({ name, uplink }) => ({ name, uplink, device: "eth0" })),
    ...routers.map(({ name, uplink }) => ({ name, uplink, device: "wan" })),
  ];
}

function internetScript(ports: readonly Node[], hops: number): string {
  const routes = ports.flatMap(({ name, uplink }) =>
    (uplink.kind === "internet" ? uplink.addresses : []).map((address) => `route add ${address}/32 dev ${name}`),
  );
  return script(
    [
      `addr add ${GATEWAY}/32 dev lo`,
      ...ports.flatMap(({ name }) => up(name)),
      ...routes,
      `tuntap add dev ${SHIM_DEVICE} mode tun`,
      // A burst waits here while the shim is busy, instead of being lost.
      `link set dev ${SHIM_DEVICE} txqueuelen 10000`,
      ...up(SHIM_DEVICE),
      `route add default dev ${SHIM_DEVICE} table ${SHIM_MARK}`,
      `rule add fwmark ${SHIM_MARK} lookup ${SHIM_MARK}`,
    ],
    internetRules(hops),
    forwarding + ports.map(({ name }) => untilUp(name)).join(""),
  );
}

function routerScript(router: RouterPlan, ports: readonly Node[]): string {
  const names = ports.map(({ name }) => name);
  return script(
    [...names.flatMap(up), ...uplinkCommands(router.uplink, "wan")],
    routerRules(router.nat, addressOf(router.uplink)) + switchRules,
    forwarding + lifetime(router.nat) + untilUp("wan") + names.map(untilUp).join("") + switchScript(router.lan, names),
  );
}

/** The bridge comes when its ports are up: one that waits for its ports may notice them a second late. */
function switchScript(address: string, ports: readonly string[]): string {
  const bridge = batch([
    "link add lan type bridge mcast_snooping 0",
    ...ports.map((port) => `link set dev ${port} master lan`),
    `addr add ${address} dev lan`,
    ...up("lan"),
  ]);
  // Bridged frames are the switch's business, not the router's.
  return `echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables\n${bridge}${ports.map(untilForwarding).join("")}`;
}

function hostScript(host: HostPlan): string {
  return script(uplinkCommands(host.uplink, "eth0"), host.firewall ? hostFirewallRules : "", untilUp("eth0"));
}

export function uplinkCommands(uplink: Uplink, device: string): string[] {
  if (uplink.kind === "lan") {
    return [`addr add ${uplink.address}/24 dev ${device}`, ...up(device), `route add default via ${uplink.gateway}`];
  }
  // A /32 each: no two edges of the internet are neighbours.
  return [
    ...uplink.addresses.map((address) => `addr add ${address}/32 dev ${device}`),
    ...up(device),
    `route add ${GATEWAY} dev ${device} scope link`,
    `route add default via ${GATEWAY} dev ${device}`,
  ];
}

/** Without a link-local address a device has no IPv6; a host's own tunnel devices still may. */
export function up(device: string): string[] {
  return [`link set dev ${device} addrgenmode none`, `link set dev ${device} up`];
}

/** A packet sent before that is lost, and if it was an ARP request the next one comes a second later. */
export function untilUp(device: string): string {
  return until("up", `/sys/class/net/${device}/operstate`);
}

export function untilForwarding(port: string): string {
  return until("3", `/sys/class/net/${port}/brport/state`);
}

function until(value: string, file: string): string {
  return `until read state < ${file} && [ "$state" = ${value} ]; do sleep 0.005; done\n`;
}

const forwarding = `for key in ip_forward conf/all/forwarding; do echo 1 > /proc/sys/net/ipv4/$key; done
for dir in /proc/sys/net/ipv4/conf/*; do echo 0 > $dir/rp_filter; echo 0 > $dir/send_redirects; done
`;

/** Of flows that nobody has answered, and of the others. */
function lifetime({ udpLifetimeS }: NatBehaviour): string {
  if (udpLifetimeS === undefined) return "";
  const keys = ["nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"];
  return keys.map((key) => `echo ${udpLifetimeS} > /proc/sys/net/netfilter/${key}\n`).join("");
}

function script(ip: readonly string[], nft: string, extra: string): string {
  const rules = nft ? `nft -f - <<'RULES'\n${nft}\nRULES\n` : "";
  return `set -e\n${batch(["link set lo up", ...ip])}${rules}${extra}`;
}

export function batch(commands: readonly string[]): string {
  return `ip -batch - <<'COMMANDS'\n${commands.join("\n")}\nCOMMANDS\n`;
}
