/** Who may do what in a team: the one table that the server asks before it acts and the pages show. Pure. */
export const ROLES = ["owner", "admin", "network-admin", "operator", "auditor", "member"] as const;
export type Role = (typeof ROLES)[number];

/** What a procedure asks for, in the order in which people are told of it. */
export const CAPABILITIES = [
  "team.view",
  "devices.own",
  "devices.view",
  "devices.manage",
  "connections.retry",
  "tokens.view",
  "tokens.manage",
  "policy.view",
  "policy.edit",
  "team.configure",
  "members.view",
  "members.manage",
  "owners.manage",
  "activity.view",
  "activity.export",
  "api-tokens.view",
  "api-tokens.manage",
  "webhooks.view",
  "webhooks.manage",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Everybody but plain members. */
const INSIDERS: readonly Role[] = ["owner", "admin", "network-admin", "operator", "auditor"];

const HELD: Readonly<Record<Capability, readonly Role[]>> = {
  "team.view": ROLES,
  "devices.own": ["owner", "admin", "network-admin", "operator", "member"],
  "devices.view": INSIDERS,
  "devices.manage": ["owner", "admin", "operator"],
  "connections.retry": ["owner", "admin", "network-admin", "operator"],
  "tokens.view": ["owner", "admin", "operator", "auditor"],
  "tokens.manage": ["owner", "admin", "operator"],
  "policy.view": INSIDERS,
  "policy.edit": ["owner", "admin", "network-admin"],
  "team.configure": ["owner", "admin"],
  "members.view": INSIDERS,
  "members.manage": ["owner", "admin"],
  "owners.manage": ["owner"],
  "activity.view": INSIDERS,
  "activity.export": ["owner", "admin", "auditor"],
  "api-tokens.view": ["owner", "admin", "auditor"],
  "api-tokens.manage": ["owner", "admin"],
  "webhooks.view": ["owner", "admin", "auditor"],
  "webhooks.manage": ["owner", "admin"],
};

export function hasCapability(role: Role, capability: Capability): boolean {
  return HELD[capability].includes(role);
}

/** What no API token may do: a stolen one must not be able to make itself company. */
const NEVER_FOR_TOKENS: readonly Capability[] = ["owners.manage", "api-tokens.view", "api-tokens.manage"];

/** What a token that reads the team reads of it: as much as its maker may. */
const PARTS_OF_VIEW: readonly Capability[] = ["devices.view", "policy.view", "activity.view"];

/** What an API token can be made for. Each is a capability, and is worth as much as its maker's role still has it. */
export const SCOPES: readonly Capability[] = CAPABILITIES.filter(
  (each) => !NEVER_FOR_TOKENS.includes(each) && !PARTS_OF_VIEW.includes(each),
);

/** The scope that a token needs for it. */
export function scopeOf(capability: Capability): Capability {
  return PARTS_OF_VIEW.includes(capability) ? "team.view" : capability;
}

/** All that the role may, or, asked through an API token, what of it the token's scopes leave. */
export function capabilitiesOf(role: Role, scopes?: readonly Capability[]): readonly Capability[] {
  return CAPABILITIES.filter(
    (each) => hasCapability(role, each) && (scopes === undefined || scopes.includes(scopeOf(each))),
  );
}

/**
 * Whether who has `role` may give `given` to somebody, take it away from them, or invite them with it. Only owners touch
 * owners: an admin who could would be one.
 */
export function mayAssign(role: Role, given: Role): boolean {
  return hasCapability(role, given === "owner" ? "owners.manage" : "members.manage");
}

/**
 * Whether giving it to somebody asks for a recent proof of who one is: whoever lets people in lets themselves in again, so that
 * a thief of an open session, or who found an API token, would stay by it.
 */
export function isGivenByProof(role: Role): boolean {
  return hasCapability(role, "members.manage");
}
