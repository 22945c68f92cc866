/** This machine's own addresses → host candidates, and the prefixes that it is connected to. Pure. */
import type { NetworkInterfaceInfo } from "node:os";
import {
  addressScope,
  contains,
  formatEndpoint,
  formatPrefix,
  type Prefix,
  parseAddress,
  prefixOf,
} from "@pinhole/protocol";
import type { Candidate } from "@pinhole/protocol/control";

/** Host candidates leave room among the sixteen for what servers and routers add. */
const MAX_HOST_CANDIDATES = 8;

/** Bridges of containers and virtual machines: no peer is ever reached by their addresses. */
const NOISE = /^(docker|br-|veth|virbr|cni|flannel|lxc|lxd|podman)/;

type Input = {
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  readonly sockets: readonly { readonly family: 4 | 6; readonly port: number }[];
  /** The overlay's interface and ranges: an address of the tunnel must never become a candidate of the tunnel. */
  readonly ownInterface: string | null;
  readonly overlayRanges: readonly Prefix[];
};

export type LocalNetwork = {
  readonly candidates: readonly Candidate[];
  readonly connectedPrefixes: readonly string[];
  /** Of this machine, for telling "no NAT" from "NAT". */
  readonly addresses: readonly string[];
};

export function readLocalNetwork({ interfaces, sockets, ownInterface, overlayRanges }: Input): LocalNetwork {
  const found = Object.entries(interfaces)
    .filter(([name]) => name !== ownInterface && !NOISE.test(name))
    .flatMap(([, infos]) => infos ?? [])
    .flatMap((info) => usableAddress(info, overlayRanges));
  const addresses = [...new Set(found.map(({ address }) => address))];
  const candidates = addresses.flatMap((address) => {
    const socket = sockets.find(({ family }) => family === (address.includes(":") ? 6 : 4));
    return socket === undefined
      ? []
      : [{ kind: "host", endpoint: formatEndpoint({ address, port: socket.port }) } as const];
  });
  return {
    candidates: candidates.slice(0, MAX_HOST_CANDIDATES),
    connectedPrefixes: [...new Set(found.map(({ address, length }) => formatPrefix(prefixOf(address, length))))],
    addresses,
  };
}

function usableAddress(
  info: NetworkInterfaceInfo,
  overlayRanges: readonly Prefix[],
): { address: string; length: number }[] {
  const parsed = parseAddress(info.address);
  if (!parsed.ok || info.internal) return [];
  const address = parsed.value;
  if (["loopback", "link-local", "multicast", "unspecified", "broadcast"].includes(addressScope(address))) return [];
  if (overlayRanges.some((range) => contains(range, address))) return [];
  const length = Number(info.cidr?.split("/")[1] ?? (address.includes(":") ? 64 : 32));
  return [{ address, length }];
}
