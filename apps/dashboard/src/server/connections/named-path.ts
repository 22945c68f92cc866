/** Reports name a device that relays by its id; people know it by its name. Pure. */
import type { DeviceId } from "@pinhole/protocol";
import { isPeerRelay, type PathState } from "@pinhole/protocol/control";

/** `viaDevice`: who passes the packets on, where that is a device; `relay` is then its name. */
export type NamedPath = PathState & { readonly viaDevice?: DeviceId };

/** `nameOf` also knows devices that were revoked, as old reports do. */
export function namePath(path: PathState, nameOf: (deviceId: DeviceId) => string | undefined): NamedPath {
  const { relay, ...rest } = path;
  if (relay === undefined || !isPeerRelay(relay)) return path;
  const name = nameOf(relay);
  return { ...rest, ...(name === undefined ? {} : { relay: name }), viaDevice: relay };
}

/** Of a peer that whoever asks may not locate. */
export function withoutEndpoint(path: PathState): PathState {
  const { endpoint: _, ...rest } = path;
  return rest;
}
