/** Reads the packet counters of the internet and of the LANs, as `nft -j list set` prints them. */

export type Traffic = { readonly packets: number; readonly bytes: number };

export type Flow = {
  readonly protocol: "udp" | "tcp";
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
};

type Element = {
  elem?: { val?: { concat?: readonly (string | number)[] }; counter?: { packets: number; bytes: number } };
};
type Listing = { nftables?: readonly { set?: { elem?: readonly Element[] } }[] };

const PROTOCOLS = { tcp: ["tcp", 6], udp: ["udp", 17] } as const;

export function sumTraffic(json: string, { protocol, from, to }: Flow): Traffic {
  let packets = 0;
  let bytes = 0;
  const names: readonly (string | number)[] = PROTOCOLS[protocol];
  const listing = JSON.parse(json) as Listing;
  for (const { elem } of listing.nftables?.flatMap((entry) => entry.set?.elem ?? []) ?? []) {
    const [is, source, destination] = elem?.val?.concat ?? [];
    if (is === undefined || !names.includes(is) || !elem?.counter) continue;
    if (!from.has(String(source)) || !to.has(String(destination))) continue;
    packets += elem.counter.packets;
    bytes += elem.counter.bytes;
  }
  return { packets, bytes };
}
