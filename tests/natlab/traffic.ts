/** Reads the counters of the internet, the LANs and the routers, as `nft -j list set` prints them. */

export type Traffic = { readonly packets: number; readonly bytes: number };

export type Flow = {
  readonly protocol: "udp" | "tcp";
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
};

type Value = string | number;
type Element = { elem?: { val?: Value | { concat?: readonly Value[] }; counter?: Traffic } };
type Listing = { nftables?: readonly { set?: { elem?: readonly Element[] } }[] };
type Counted = { readonly key: readonly Value[]; readonly counter: Traffic };

const PROTOCOLS = { tcp: ["tcp", 6], udp: ["udp", 17] } as const;

export function sumTraffic(json: string, { protocol, from, to }: Flow): Traffic {
  const names: readonly Value[] = PROTOCOLS[protocol];
  const counters = readCounters(json).flatMap(({ key: [is = "", source, destination], counter }) =>
    names.includes(is) && from.has(String(source)) && to.has(String(destination)) ? [counter] : [],
  );
  return {
    packets: counters.reduce((sum, { packets }) => sum + packets, 0),
    bytes: counters.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** With one of the addresses, or with any. */
export function sumSessions(json: string, addresses?: ReadonlySet<string>): number {
  return readCounters(json)
    .filter(({ key: [address] }) => addresses === undefined || addresses.has(String(address)))
    .reduce((sum, { counter }) => sum + counter.packets, 0);
}

function readCounters(json: string): Counted[] {
  const listing = JSON.parse(json) as Listing;
  const elements = listing.nftables?.flatMap((entry) => entry.set?.elem ?? []) ?? [];
  return elements.flatMap(({ elem }) => {
    if (elem?.val === undefined || !elem.counter) return [];
    const { val, counter } = elem;
    return [{ key: typeof val === "object" ? (val.concat ?? []) : [val], counter }];
  });
}
