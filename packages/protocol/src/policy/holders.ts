/**
 * Whom a selector means in a question: the devices that it speaks of, and where there is none yet, what one would be. So
 * a test of `tag:web` says something before the first such device enrolls.
 */
import { blockOf } from "./block-of.ts";
import { addressesAt } from "./match-device.ts";
import { type Bearer, newMatcher, type Party } from "./party.ts";
import type { Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { parseSelector, type Selector } from "./selector.ts";

export type Holder = {
  /** Null: a device that is not there. */
  readonly id: PolicyDevice["id"] | null;
  /** Of those that the question is about; none: whichever it has. */
  readonly addresses: readonly string[];
  readonly bearer: Bearer | null;
};

export function holdersOf(policy: Policy, devices: readonly PolicyDevice[], text: string): readonly Holder[] {
  const named = devices.find(({ id }) => id === text);
  if (named !== undefined) return [holderOf(named)];
  const selector = parseSelector(text);
  if (selector === undefined) return [];
  const matches = newMatcher(policy, [text]);
  const present = devices.flatMap((device) => {
    const addresses = addressesAt(matches, device);
    return addresses.length === 0 ? [] : [{ ...holderOf(device), addresses }];
  });
  return present.length > 0 ? present : imaginedHolders(policy, selector);
}

export const holderOf = (device: PolicyDevice): Holder => ({
  id: device.id,
  addresses: device.addresses,
  bearer: device,
});

export const partiesOf = ({ addresses, bearer }: Holder): readonly Party[] =>
  addresses.length === 0 ? [{ address: null, bearer }] : addresses.map((address) => ({ address, bearer }));

function imaginedHolders(policy: Policy, selector: Selector): readonly Holder[] {
  const imagine = (bearer: Bearer | null, addresses: readonly string[] = []) => [{ id: null, addresses, bearer }];
  switch (selector.kind) {
    case "any":
      return [];
    case "tag":
      return Object.hasOwn(policy.tagOwners, selector.tag) ? imagine({ tags: [selector.tag], user: null }) : [];
    case "members":
      return imagine({ tags: [], user: null });
    case "user":
      return imagine({ tags: [], user: selector.user });
    case "group": {
      const members = Object.hasOwn(policy.groups, selector.group) ? policy.groups[selector.group] : undefined;
      return (members ?? []).flatMap((user) => imagine({ tags: [], user }));
    }
    case "host":
    case "prefix": {
      const block = blockOf(policy, selector);
      return block === undefined ? [] : imagine(null, [block.address]);
    }
    default:
      return selector satisfies never;
  }
}
