/**
 * Changes to a network that is running: a router's provider gives it another address, a host is plugged into another LAN.
 * Pure: the topology afterwards, and the steps that bring it about, one after the other.
 */
import { batch, FIRST_INDEX, untilForwarding, untilUp, up, uplinkCommands } from "./scripts.ts";
import {
  addressOf,
  farEnd,
  guestOf,
  type HostPlan,
  publicAddressOf,
  type RouterPlan,
  type Topology,
} from "./topology.ts";

export type ChangeStep = {
  /** Undefined is outside of all. */
  readonly node: string | undefined;
  readonly script: string;
};

export type NetworkChange = { readonly topology: Topology; readonly steps: readonly ChangeStep[] };

/** `n` tells one change from the next: nothing that was given out is given out again. */
export type ChangeContext = { readonly topology: Topology; readonly n: number };

/** Beyond what a topology gives out by itself; room for some forty changes. */
const FIRST_PUBLIC = 200;
const FIRST_GUEST = 100;
const CHANGED_INDEX = 2 * FIRST_INDEX;

/** The outermost router of the host, or the host itself where it has none, gets another public address. */
export function renumber({ topology, n }: ChangeContext, host: HostPlan): NetworkChange {
  const router = host.routers.at(-1);
  const [node, device] = router ? [router.name, "wan"] : [host.name, "eth0"];
  const [was, is] = [host.publicAddress, publicAddressOf(FIRST_PUBLIC + n)];
  return {
    topology: router
      ? withRouter(topology, { ...router, uplink: edge(is) }, is)
      : withHost(topology, renumbered(host, is)),
    steps: [
      { node: "internet", script: batch([`route add ${is}/32 dev ${node}`]) },
      { node, script: batch([`addr add ${is}/32 dev ${device}`, `addr del ${was}/32 dev ${device}`]) },
      { node: "internet", script: batch([`route del ${was}/32 dev ${node}`]) },
    ],
  };
}

/** The host's cable is pulled out and plugged into the LAN of another. */
export function move(
  { topology, n }: ChangeContext,
  { host, to, namespace }: { host: HostPlan; to: HostPlan; namespace: (node: string) => string },
): NetworkChange {
  const [router] = to.routers;
  if (!router || host.routers.length === 0) throw new RangeError("a host moves from one LAN to another");
  const { name, publicAddress } = host;
  const uplink = guestOf(router, FIRST_GUEST + n);
  const formerAddresses = [...host.formerAddresses, publicAddress];
  const near = `link add eth0 index ${CHANGED_INDEX + n} netns ${namespace(name)}`;
  const far = farEnd(name, uplink);
  const port = batch([`link set dev ${far.device} master lan`, ...up(far.device)]);
  return {
    topology: withHost(topology, { ...to, name, uplink, address: addressOf(uplink), formerAddresses }),
    steps: [
      { node: name, script: batch(["link del eth0"]) },
      { node: undefined, script: batch([`${near} type veth peer name ${far.device} netns ${namespace(far.node)}`]) },
      { node: router.name, script: port },
      { node: name, script: batch(uplinkCommands(uplink, "eth0")) + untilUp("eth0") },
      { node: router.name, script: untilForwarding(far.device) },
    ],
  };
}

const edge = (address: string) => ({ kind: "internet", addresses: [address] }) as const;

function withHost(topology: Topology, host: HostPlan): Topology {
  return { ...topology, hosts: topology.hosts.map((one) => (one.name === host.name ? host : one)) };
}

function withRouter(topology: Topology, router: RouterPlan, publicAddress: string): Topology {
  const replace = (one: RouterPlan): RouterPlan => (one.name === router.name ? router : one);
  const hosts = topology.hosts.map((host): HostPlan => {
    if (host.routers.at(-1)?.name !== router.name) return host;
    const formerAddresses = [...host.formerAddresses, host.publicAddress];
    return { ...host, routers: host.routers.map(replace), publicAddress, formerAddresses };
  });
  return { ...topology, routers: topology.routers.map(replace), hosts };
}

function renumbered(host: HostPlan, address: string): HostPlan {
  const formerAddresses = [...host.formerAddresses, host.publicAddress];
  return { ...host, uplink: edge(address), address, publicAddress: address, formerAddresses };
}
