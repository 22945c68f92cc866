/** What roles and capabilities are called, and what each is for. */
import { type Capability, hasCapability, type Role, ROLES } from "@pinhole/protocol/team";

export const ROLE_WORDS: Record<Role, string> = {
  owner: "Owner",
  admin: "Admin",
  "network-admin": "Network admin",
  operator: "Operator",
  auditor: "Auditor",
  member: "Member",
};

export const ROLE_HINTS: Record<Role, string> = {
  owner: "Everything, the owners included.",
  admin: "Everything but the owners.",
  "network-admin": "Who may reach what.",
  operator: "Devices and the tokens that enroll them.",
  auditor: "Reads and exports everything, changes nothing.",
  member: "Their own devices, and what these can reach.",
};

export const CAPABILITY_WORDS: Record<Capability, string> = {
  "team.view": "See the team's name and addresses",
  "devices.own": "Add devices of one's own, see what these reach, rename and revoke them",
  "devices.view": "See all devices, connections and relays",
  "devices.manage": "Rename, revoke and restore devices",
  "connections.retry": "Have a pair try for a direct path",
  "tokens.view": "See enrollment tokens",
  "tokens.manage": "Create and revoke enrollment tokens",
  "policy.view": "See policies, and ask the simulator",
  "policy.edit": "Change policies",
  "team.configure": "Change the team's settings",
  "members.view": "See members and invites",
  "members.manage": "Invite and remove members, change their roles",
  "owners.manage": "Make and unmake owners",
  "activity.view": "See the activity log",
  "activity.export": "Export the activity log",
  "api-tokens.view": "See API tokens",
  "api-tokens.manage": "Create and revoke API tokens",
  "webhooks.view": "See webhooks and their deliveries",
  "webhooks.manage": "Create, test and remove webhooks",
};

/** "owners, admins and operators". */
export function holdersOf(capability: Capability): string {
  const names = ROLES.filter((role) => hasCapability(role, capability)).map(
    (role) => `${ROLE_WORDS[role].toLowerCase()}s`,
  );
  return new Intl.ListFormat("en-GB").format(names);
}
