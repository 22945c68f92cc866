/** Which devices the selectors of a policy speak of. Pure. */
import { type Matcher, type SeenParty, seeParty } from "./party.ts";
import type { PolicyDevice } from "./policy-device.ts";

/** Hundreds of grants look at one device, which does not change. */
const seen = new WeakMap<PolicyDevice, readonly { readonly address: string; readonly party: SeenParty }[]>();

/** Which of a device's addresses the selectors speak of. */
export function addressesAt(matches: Matcher, device: PolicyDevice): readonly string[] {
  return seeDevice(device).flatMap(({ address, party }) => (matches(party) ? [address] : []));
}

/** Whether they speak of any. */
export const isAt = (matches: Matcher, device: PolicyDevice): boolean =>
  seeDevice(device).some(({ party }) => matches(party));

function seeDevice(device: PolicyDevice) {
  const known =
    seen.get(device) ?? device.addresses.map((address) => ({ address, party: seeParty({ address, bearer: device }) }));
  seen.set(device, known);
  return known;
}
