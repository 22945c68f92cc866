/**
 * One end of a question to a policy: an address, and the device that has it. Either may be missing: an address that is
 * nobody's, or a tag that no device carries yet.
 */
import { addressFamily, addressToBytes } from "../address.ts";
import { lastOf, toWords, type Words } from "./address-words.ts";
import { blockOf } from "./block-of.ts";
import type { Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { parseSelector, type Selector } from "./selector.ts";

export type Bearer = Pick<PolicyDevice, "tags" | "user">;

export type Party = {
  readonly address: string | null;
  readonly bearer: Bearer | null;
};

/** A party as it is compared with many selectors: read once. */
export type SeenParty = {
  readonly family: 4 | 6 | null;
  readonly words: Words;
  readonly tags: readonly string[] | null;
  /** A device with tags is nobody's. */
  readonly person: string | null;
};

/** Whether one of the selectors that it was made of speaks of the party. */
export type Matcher = (party: SeenParty) => boolean;

export function seeParty({ address, bearer }: Party): SeenParty {
  const isPerson = bearer !== null && bearer.tags.length === 0;
  return {
    family: address === null ? null : addressFamily(address),
    words: address === null ? [] : toWords(addressToBytes(address)),
    tags: bearer?.tags ?? null,
    person: isPerson ? (bearer.user?.toLowerCase() ?? null) : null,
  };
}

export function newMatcher(policy: Policy, texts: readonly string[]): Matcher {
  const matchers = texts.flatMap((text) => {
    const selector = parseSelector(text);
    return selector === undefined ? [] : [matcherOf(policy, selector)];
  });
  return (party) => matchers.some((matches) => matches(party));
}

function matcherOf(policy: Policy, selector: Selector): Matcher {
  switch (selector.kind) {
    case "any":
      return () => true;
    case "tag":
      return ({ tags }) => tags?.includes(selector.tag) === true;
    case "members":
      return ({ tags }) => tags?.length === 0;
    case "user":
      return ({ person }) => person === selector.user;
    case "group": {
      const users = Object.hasOwn(policy.groups, selector.group) ? (policy.groups[selector.group] ?? []) : [];
      const members = new Set(users.map((user) => user.toLowerCase()));
      return ({ person }) => person !== null && members.has(person);
    }
    case "host":
    case "prefix":
      return blockMatcher(policy, selector);
    default:
      return selector satisfies never;
  }
}

function blockMatcher(policy: Policy, selector: Selector): Matcher {
  const block = blockOf(policy, selector);
  if (block === undefined) return () => false;
  const wanted = addressFamily(block.address);
  const first = toWords(addressToBytes(block.address));
  const last = lastOf(first, block);
  return ({ family, words }) =>
    family === wanted && words.every((word, index) => word >= (first[index] ?? 0) && word <= (last[index] ?? 0));
}
