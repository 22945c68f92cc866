/** Which devices the selectors of a policy speak of. Pure. */
import type { DeviceId } from "../ids.ts";
import { contains, type Prefix } from "../prefix.ts";
import type { Policy } from "./policy.ts";
import { parseBlock, parseSelector, type Selector } from "./selector.ts";

export type PolicyDevice = {
  readonly id: DeviceId;
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  /** E-mail of the person whose device it is; a device with tags is nobody's. */
  readonly user: string | null;
};

/** Which of a device's addresses the selectors speak of. */
export function addressesAt(policy: Policy, selectors: readonly Selector[], device: PolicyDevice): readonly string[] {
  return device.addresses.filter((address) => selectors.some((selector) => matches(policy, selector, device, address)));
}

function matches(policy: Policy, selector: Selector, device: PolicyDevice, address: string): boolean {
  switch (selector.kind) {
    case "any":
      return true;
    case "tag":
      return device.tags.includes(selector.tag);
    case "members":
      return device.tags.length === 0;
    case "user":
      return device.tags.length === 0 && device.user?.toLowerCase() === selector.user;
    case "group":
      return device.tags.length === 0 && isMember(policy, selector.group, device.user);
    case "host":
    case "prefix": {
      const block = blockOf(policy, selector);
      return block !== undefined && contains(block, address);
    }
  }
}

function isMember({ groups }: Policy, group: string, user: string | null): boolean {
  const members = Object.hasOwn(groups, group) ? groups[group] : undefined;
  return user !== null && (members ?? []).some((member) => member.toLowerCase() === user.toLowerCase());
}

export function blockOf({ hosts }: Policy, selector: Selector): Prefix | undefined {
  if (selector.kind === "prefix") return selector.prefix;
  if (selector.kind !== "host" || !Object.hasOwn(hosts, selector.host)) return undefined;
  return parseBlock(hosts[selector.host] ?? "");
}

export const toSelectors = (texts: readonly string[]): readonly Selector[] =>
  texts.flatMap((text) => {
    const selector = parseSelector(text);
    return selector === undefined ? [] : [selector];
  });
