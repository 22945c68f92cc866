/** What people are told of who passes packets on: a relay by its name, a device by the name that its team gave it. Pure. */
import type { DeviceId } from "@pinhole/protocol";
import { isPeerRelay, type Netmap } from "@pinhole/protocol/control";

export type RelayName = { readonly relay?: string; readonly viaDevice?: DeviceId };

export function relayName(netmap: Netmap | undefined, relay: string | undefined): RelayName {
  if (relay === undefined) return {};
  if (!isPeerRelay(relay)) return { relay };
  return { relay: netmap?.peers.find(({ id }) => id === relay)?.name ?? relay, viaDevice: relay };
}
