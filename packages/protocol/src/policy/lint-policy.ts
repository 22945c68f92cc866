/**
 * What is likely not meant in a policy that is valid: it may be saved all the same. Each finding has a place in the
 * document and says what follows from it. Pure.
 */
import { addressFamily } from "../address.ts";
import { blockOf, toSelectors } from "./block-of.ts";
import { covers } from "./covers.ts";
import { hasExpired } from "./expiry.ts";
import { isAt } from "./match-device.ts";
import { newMatcher } from "./party.ts";
import type { Grant, Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { parseSelector } from "./selector.ts";

export type LintCode =
  | "unknown-user"
  | "empty-group"
  | "never-matches"
  | "shadowed"
  | "too-wide"
  | "tag-without-owner"
  | "expired";

export type LintFinding = { readonly code: LintCode; readonly path: readonly PropertyKey[]; readonly message: string };

export type LintInputs = {
  readonly devices: readonly PolicyDevice[];
  /** E-mail addresses of the team's members. */
  readonly members: readonly string[];
  readonly at: number;
};

export function lintPolicy(policy: Policy, { devices, members, at }: LintInputs): LintFinding[] {
  const known = new Set([...members, ...devices.flatMap(({ user }) => user ?? [])].map((user) => user.toLowerCase()));
  const living = policy.grants.flatMap((grant, index) => (hasExpired(grant, at) ? [] : [{ grant, index }]));
  return [
    ...lintNames(policy, known),
    ...policy.grants.flatMap((grant, index): LintFinding[] => {
      const path = ["grants", index];
      if (hasExpired(grant, at))
        return [
          { code: "expired", path: [...path, "expires"], message: `ended at ${grant.expires}: it allows nothing` },
        ];
      if (isForEverything(grant))
        return [{ code: "too-wide", path, message: "lets every device reach every other one on every port" }];
      const shadow = living.find((other) => isShadow(policy, other, { grant, index }));
      if (shadow !== undefined)
        return [{ code: "shadowed", path, message: `adds nothing: grant ${shadow.index + 1} says all of it` }];
      return lintReach(policy, { grant, path, devices });
    }),
  ];
}

type Placed = { readonly grant: Grant; readonly index: number };

/** Of two that say the same, the later one is the one too many. */
function isShadow(policy: Policy, other: Placed, { grant, index }: Placed): boolean {
  if (other.index === index || !covers(policy, other.grant, grant)) return false;
  return other.index < index || !covers(policy, grant, other.grant);
}

function lintNames(policy: Policy, known: ReadonlySet<string>): LintFinding[] {
  const strangers = (text: string): boolean => {
    const selector = parseSelector(text);
    return selector?.kind === "user" && !known.has(selector.user);
  };
  const unknown = (path: readonly PropertyKey[], text: string): LintFinding[] =>
    strangers(text) ? [{ code: "unknown-user", path, message: `nobody in the team has the address ${text}` }] : [];
  return [
    ...Object.entries(policy.groups).flatMap(([group, users]): LintFinding[] =>
      users.length === 0
        ? [{ code: "empty-group", path: ["groups", group], message: `${group} has no members` }]
        : users.flatMap((user, at) => unknown(["groups", group, at], user)),
    ),
    ...Object.entries(policy.tagOwners).flatMap(([tag, owners]): LintFinding[] =>
      owners.length === 0
        ? [{ code: "tag-without-owner", path: ["tagOwners", tag], message: `nobody owns ${tag}: only admins give it` }]
        : owners.flatMap((owner, at) => unknown(["tagOwners", tag, at], owner)),
    ),
    ...policy.grants.flatMap((grant, index) =>
      (["src", "dst"] as const).flatMap((side) =>
        grant[side].flatMap((text, at) => unknown(["grants", index, side, at], text)),
      ),
    ),
  ];
}

function lintReach(
  policy: Policy,
  {
    grant,
    path,
    devices,
  }: { readonly grant: Grant; readonly path: readonly PropertyKey[]; readonly devices: readonly PolicyDevice[] },
): LintFinding[] {
  if (isOfTwoFamilies(policy, grant))
    return [{ code: "never-matches", path, message: "joins IPv4 addresses with IPv6 addresses: no packet does" }];
  // A team without devices has nothing to compare with.
  if (devices.length === 0) return [];
  const [sources, destinations] = [devicesAt(policy, grant.src, devices), devicesAt(policy, grant.dst, devices)];
  for (const [side, found] of [
    ["src", sources],
    ["dst", destinations],
  ] as const) {
    if (found.length > 0) continue;
    const names = grant[side].join(", ");
    return [{ code: "never-matches", path: [...path, side], message: `matches nothing: no device is ${names}` }];
  }
  const [only] = sources;
  if (sources.length === 1 && destinations.length === 1 && only === destinations[0])
    return [{ code: "never-matches", path, message: "joins one device with itself alone" }];
  return [];
}

function devicesAt(policy: Policy, texts: readonly string[], devices: readonly PolicyDevice[]): PolicyDevice[] {
  const matches = newMatcher(policy, texts);
  return devices.filter((device) => isAt(matches, device));
}

function isOfTwoFamilies(policy: Policy, { src, dst }: Grant): boolean {
  const familiesOf = (texts: readonly string[]) => {
    const blocks = toSelectors(texts).map((selector) => blockOf(policy, selector));
    return new Set(blocks.map((block) => (block === undefined ? "both" : addressFamily(block.address))));
  };
  const [from, to] = [familiesOf(src), familiesOf(dst)];
  return !from.has("both") && !to.has("both") && ![...from].some((family) => to.has(family));
}

const isForEverything = ({ src, dst, ip }: Grant): boolean =>
  src.includes("*") && dst.includes("*") && ip.includes("*");
