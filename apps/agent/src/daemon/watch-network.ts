/** The machine's addresses and its sleep, as the operating system has them. */
import { networkInterfaces, uptime } from "node:os";
import { monotonicMs } from "../clock.ts";
import type { Datapath } from "../datapath/contract.ts";
import { LocalNetworkWatch } from "../netcheck/local-network-watch.ts";
import { SleepWatch } from "../netcheck/sleep-watch.ts";
import { prefixesOf } from "./prefixes-of.ts";

export function watchNetwork(
  datapath: Pick<Datapath, "sockets" | "tunName">,
  ranges: () => readonly string[],
  onChange: (what: string) => void,
): LocalNetworkWatch {
  const sleep = new SleepWatch({ uptimeMs: () => uptime() * 1_000, monotonicMs });
  return new LocalNetworkWatch({
    read: networkInterfaces,
    sockets: datapath.sockets,
    ownInterface: datapath.tunName,
    overlayRanges: () => ranges().flatMap(prefixesOf),
    hasSlept: () => sleep.hasSlept(),
    onChange,
  });
}
