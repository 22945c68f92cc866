/**
 * One end of a question to a policy: an address, and the device that has it. Either may be missing: an address that is
 * nobody's, or a tag that no device carries yet.
 */
import { contains } from "../prefix.ts";
import { blockOf } from "./block-of.ts";
import type { PolicyDevice } from "./policy-device.ts";
import type { Policy } from "./policy.ts";
import type { Selector } from "./selector.ts";

export type Bearer = Pick<PolicyDevice, "tags" | "user">;

export type Party = {
  readonly address: string | null;
  readonly bearer: Bearer | null;
};

export function speaksOf(policy: Policy, selector: Selector, { address, bearer }: Party): boolean {
  switch (selector.kind) {
    case "any":
      return true;
    case "tag":
      return bearer !== null && bearer.tags.includes(selector.tag);
    case "members":
      return bearer !== null && bearer.tags.length === 0;
    case "user":
      return personOf(bearer) === selector.user;
    case "group":
      return isMember(policy, selector.group, personOf(bearer));
    case "host":
    case "prefix": {
      const block = blockOf(policy, selector);
      return address !== null && block !== undefined && contains(block, address);
    }
    default:
      return selector satisfies never;
  }
}

/** A device with tags is nobody's. */
function personOf(bearer: Bearer | null): string | null {
  if (bearer === null || bearer.tags.length > 0) return null;
  return bearer.user?.toLowerCase() ?? null;
}

function isMember({ groups }: Policy, group: string, person: string | null): boolean {
  const members = Object.hasOwn(groups, group) ? groups[group] : undefined;
  return person !== null && (members ?? []).some((member) => member.toLowerCase() === person);
}
