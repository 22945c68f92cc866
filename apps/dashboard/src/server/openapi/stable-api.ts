/**
 * What programs may rely on: these procedures keep their inputs and these fields of their answers. Answers may hold more.
 * Everything else is the pages' own, and changes with them.
 */
import { SCOPES, type Capability } from "@pinhole/protocol/team";
import * as z from "zod";

const time = z.iso.datetime();
const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`));

const device = z.looseObject({
  id: id("dev"),
  name: z.string(),
  status: z.enum(["online", "offline", "never-connected", "revoked"]),
  ipv4: z.string(),
  ipv6: z.string(),
  tags: z.array(z.string()),
  ephemeral: z.boolean(),
  paths: z.looseObject({ direct: z.int(), relay: z.int(), none: z.int() }),
  os: z.string(),
  hostname: z.string(),
  agentVersion: z.string(),
  enrolledAt: time,
  lastSeenAt: time.nullable(),
});
const named = z.looseObject({ id: id("dev"), name: z.string() });
const role = z.enum(["owner", "admin", "network-admin", "operator", "auditor", "member"]);

export type StableProcedure = {
  readonly summary: string;
  readonly scope: Capability;
  /** Of what the procedure answers, as it is in JSON. */
  readonly output: z.ZodType;
};

export const STABLE_API = {
  "team.get": {
    summary: "The team: name and address ranges",
    scope: "team.view",
    output: z.looseObject({
      id: id("team"),
      slug: z.string(),
      name: z.string(),
      ipv4Range: z.string(),
      ipv6Range: z.string(),
    }),
  },
  "device.list": {
    summary: "Devices, with state and how they reach their peers",
    scope: "team.view",
    output: z.looseObject({ devices: z.array(device), at: time }),
  },
  "device.rename": { summary: "Give a device another name", scope: "devices.manage", output: named },
  "device.revoke": { summary: "Take a device out", scope: "devices.manage", output: named },
  "device.restore": { summary: "Take a device back in, shortly after", scope: "devices.manage", output: named },
  "connection.list": {
    summary: "Pairs of devices, and the path of each",
    scope: "team.view",
    output: z.looseObject({ connections: z.array(z.looseObject({ state: z.string() })), at: time }),
  },
  "token.list": {
    summary: "Enrollment tokens",
    scope: "tokens.view",
    output: z.array(
      z.looseObject({
        id: id("tok"),
        name: z.string(),
        visiblePrefix: z.string(),
        status: z.enum(["usable", "used-up", "expired", "revoked"]),
        uses: z.int(),
        maxUses: z.int(),
        tags: z.array(z.string()),
        expiresAt: time,
      }),
    ),
  },
  "token.create": {
    summary: "Make an enrollment token; the answer alone holds its text",
    scope: "tokens.manage",
    output: z.looseObject({ id: id("tok"), token: z.string(), command: z.string(), expiresAt: time }),
  },
  "token.revoke": {
    summary: "End an enrollment token",
    scope: "tokens.manage",
    output: z.looseObject({ id: id("tok"), name: z.string() }),
  },
  "policy.get": {
    summary: "The policy in force; null: there is none",
    scope: "team.view",
    output: z.looseObject({ version: z.int(), document: z.string() }).nullable(),
  },
  "policy.save": {
    summary: "Put another policy in force",
    scope: "policy.edit",
    output: z.looseObject({ version: z.int() }),
  },
  "member.list": {
    summary: "Members and their roles",
    scope: "members.view",
    output: z.array(z.looseObject({ userId: id("usr"), name: z.string(), email: z.string(), role, joinedAt: time })),
  },
  "invite.create": {
    summary: "Invite somebody; the answer alone holds the link",
    scope: "members.manage",
    output: z.looseObject({ id: id("inv"), email: z.string().nullable(), role, expiresAt: time, url: z.string() }),
  },
  "invite.list": {
    summary: "Invites",
    scope: "members.view",
    output: z.array(
      z.looseObject({
        id: id("inv"),
        role,
        email: z.string().nullable(),
        status: z.enum(["pending", "accepted", "expired", "revoked"]),
        expiresAt: time,
      }),
    ),
  },
  "invite.revoke": {
    summary: "Take an invite back",
    scope: "members.manage",
    output: z.looseObject({ id: id("inv") }),
  },
  "activity.export": {
    summary: "The activity log as a file, which becomes a line of it",
    scope: "activity.export",
    output: z.string(),
  },
} as const satisfies Record<string, StableProcedure>;

export const SCOPE_LIST = SCOPES.join(", ");
