/** Our own datapath at both ends, without daemon and dashboard. */
import type { Endpoint } from "@pinhole/protocol";
import { ADDRESSES, DatapathHost, EVERYTHING, IDS, RANGES } from "../../natlab/datapath-pair.ts";
import { until } from "../../natlab/until.ts";
import type { Tunnel } from "./tunnel.ts";
import { OUTSIDE, type Wire, WIRE_MTU } from "./wire.ts";

/** End b is where strangers knock. */
export type OpenPinhole = Tunnel & { readonly endpoint: Endpoint; readonly nodeKey: string };

export type Way = "fast" | "portable";

export async function openPinhole(wire: Wire, way: Way): Promise<OpenPinhole> {
  const args = ["--tun=pinhole0", "--quiet", ...(way === "portable" ? ["--portable"] : [])];
  const start = (end: "a" | "b"): Promise<DatapathHost> =>
    DatapathHost.spawn((argv) => wire.spawn(end, argv), end, args);
  const hosts = { a: await start("a"), b: await start("b") };
  for (const [end, other] of [
    ["a", "b"],
    ["b", "a"],
  ] as const) {
    hosts[end].tell({
      do: "configure",
      config: {
        peers: [{ id: IDS[other], nodeKey: hosts[other].nodeKey, addresses: ADDRESSES[other] }],
        filter: EVERYTHING,
        selfAddresses: ADDRESSES[end],
        ranges: RANGES,
      },
    });
    const endpoint = { address: OUTSIDE[other], port: hosts[other].port };
    hosts[end].tell({ do: "path-mtu", peerId: IDS[other], bytes: WIRE_MTU });
    hosts[end].tell({ do: "route", peerId: IDS[other], route: { relay: false, direct: { socket: 0, endpoint } } });
  }
  await hosts.a.ping(IDS.b, 1);
  const address = { a: ADDRESSES.a[0], b: ADDRESSES.b[0] };
  const isUp = async (): Promise<true | undefined> => {
    const { code } = await wire.exec("a", ["ping", "-c", "1", "-W", "1", address.b], { allowFailure: true });
    return code === 0 ? true : undefined;
  };
  await until(isUp, { timeoutMs: 10_000, what: "the tunnel" });
  const endpoint = { address: OUTSIDE.b, port: hosts.b.port };
  return {
    name: "pinhole",
    processes: [hosts.a.process, hosts.b.process],
    address,
    endpoint,
    nodeKey: hosts.b.nodeKey,
  };
}
