/** Which router to ask for a port, over each address family: the default gateway, where it may be one that translates or filters. Pure. */
import type { NetworkInterfaceInfo } from "node:os";
import type { GatewayNetwork } from "@pinhole/portmap";
import {
  type AddressFamily,
  addressFamily,
  addressScope,
  contains,
  type Prefix,
  parseAddress,
  prefixOf,
} from "@pinhole/protocol";
import { type DefaultGateway, ipv4Gateways, ipv6Gateways } from "./default-gateway.ts";

export type GatewayWay = {
  readonly family: AddressFamily;
  readonly interfaceName: string;
  readonly network: GatewayNetwork;
};

type Input = {
  readonly routes: { readonly ipv4: string; readonly ipv6: string };
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  readonly sockets: readonly { readonly family: AddressFamily; readonly port: number }[];
  /** The overlay's, which is no way out. */
  readonly ownInterface: string | null;
};

type OwnAddress = { readonly address: string; readonly prefix: Prefix };

export function gatewayWays({ routes, interfaces, sockets, ownInterface }: Input): GatewayWay[] {
  const gateways = { 4: ipv4Gateways(routes.ipv4), 6: ipv6Gateways(routes.ipv6) };
  return ([4, 6] as const).flatMap((family) => {
    const gateway = gateways[family].find(({ interfaceName }) => interfaceName !== ownInterface);
    const socket = sockets.find((each) => each.family === family);
    if (gateway === undefined || socket === undefined) return [];
    const own = ownAddresses(interfaces[gateway.interfaceName] ?? []);
    const address = family === 4 ? behindNat(own, gateway) : behindFirewall(own);
    if (address === undefined) return [];
    const local = { address, port: socket.port };
    const onLink = own.map(({ prefix }) => prefix);
    return [{ family, interfaceName: gateway.interfaceName, network: { gateway: gateway.address, local, onLink } }];
  });
}

/** A public IPv4 address is not translated, and its gateway is a provider's, who wants no searches for routers. */
function behindNat(own: readonly OwnAddress[], gateway: DefaultGateway): string | undefined {
  const isInside = (address: string) => ["private", "carrier-grade"].includes(addressScope(address));
  const inside = own.filter(({ address }) => addressFamily(address) === 4 && isInside(address));
  return (inside.find(({ prefix }) => contains(prefix, gateway.address)) ?? inside[0])?.address;
}

function behindFirewall(own: readonly OwnAddress[]): string | undefined {
  const isOutside = (address: string) => ["global", "documentation"].includes(addressScope(address));
  return own.find(({ address }) => addressFamily(address) === 6 && isOutside(address))?.address;
}

function ownAddresses(infos: readonly NetworkInterfaceInfo[]): OwnAddress[] {
  return infos.flatMap(({ address: text, cidr, internal }) => {
    const parsed = parseAddress(text);
    const length = Number(cidr?.split("/")[1]);
    if (!parsed.ok || internal || !Number.isInteger(length)) return [];
    return [{ address: parsed.value, prefix: prefixOf(parsed.value, length) }];
  });
}
