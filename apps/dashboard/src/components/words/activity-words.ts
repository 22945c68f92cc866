/** What an audit line says: the verb with its object, and what changed. */
import type { AuditEvent } from "@/trpc/outputs.ts";

const VERBS: Readonly<Record<string, string>> = {
  "team.create": "Created team",
  "team.configure": "Changed settings of team",
  "api-token.create": "Created API token",
  "api-token.revoke": "Revoked API token",
  "webhook.create": "Created webhook",
  "webhook.remove": "Removed webhook",
  "webhook.test": "Tested webhook",
  "webhook.redeliver": "Sent again to webhook",
  "token.create": "Created token",
  "token.revoke": "Revoked token",
  "device.enroll": "Enrolled device",
  "device.rename": "Renamed device",
  "device.revoke": "Revoked device",
  "device.restore": "Restored device",
  "device.approve": "Approved device",
  "device.renew": "Renewed the key of",
  "device.replace": "Replaced an older device by",
  "device.expire": "Removed ephemeral device",
  "device.key-ends-soon": "Warned of the key of",
  "device.expire-key": "Cut off, as its key expired:",
  "device.remove-unseen": "Removed device not seen for long:",
  "activity.export": "Exported the activity log as",
  "member.join": "Joined as",
  "member.leave": "Left the team:",
  "member.remove": "Removed member",
  "member.change-role": "Changed role of",
  "invite.create": "Created invite for",
  "invite.renew": "Renewed invite for",
  "invite.mail": "Sent the mail of the invite for",
  "invite.revoke": "Revoked invite for",
  "connection.retry": "Retried connection",
  "team.transfer": "Handed ownership to",
  "user.mail-link": "Mailed a link to sign in to",
  "user.create": "Made an account for",
  "identity.connect": "Connected a sign-in provider to",
  "identity.disconnect": "Disconnected a sign-in provider from",
  "session.open": "Signed in",
  "second-factor.on": "Turned on the second factor of",
  "second-factor.off": "Turned off the second factor of",
  "second-factor.renew-codes": "Made new recovery codes for",
  "passkey.add": "Added passkey",
  "passkey.rename": "Renamed passkey",
  "passkey.remove": "Removed passkey",
  "session.verify": "Proved who they are",
  "session.revoke": "Signed out",
  "policy.save": "Changed policy",
  "policy.confirm": "Confirmed policy",
  "policy.revert": "Took back policy, by",
  "policy.probe": "Tried the connection",
};

export function actionWords(action: string): string {
  return VERBS[action] ?? action;
}

const ACTOR_WORDS: Record<AuditEvent["actor"]["kind"], string> = {
  user: "",
  device: "device",
  "command-line": "on the server's command line",
  server: "by itself",
};

export function actorNote({ kind }: AuditEvent["actor"]): string {
  return ACTOR_WORDS[kind];
}

export type Change = { readonly field: string; readonly before: string | null; readonly after: string | null };

/** The fields whose value differs, in words; long values are cut. */
export function changesOf({ before, after }: Pick<AuditEvent, "before" | "after">): Change[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields].flatMap((field) => {
    const change = { field: fieldWords(field), before: valueOf(before, field), after: valueOf(after, field) };
    return change.before === change.after ? [] : [change];
  });
}

const FIELDS: ReadonlyMap<string, string> = new Map([
  ["ipv4Range", "IPv4 range"],
  ["maySpray", "Many ports at once"],
  ["needsApproval", "Devices need approval"],
  ["keyLifetimeDays", "Key lifetime in days"],
  ["removeUnseenDays", "Removed when unseen for days"],
  ["ipv6Range", "IPv6 range"],
  ["ipv4", "IPv4"],
  ["ipv6", "IPv6"],
]);

function fieldWords(field: string): string {
  const spaced = field.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return FIELDS.get(field) ?? spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const MAX_LENGTH = 120;

/** Not what every object has: a field may be called `constructor`. */
function valueOf(fields: AuditEvent["before"], field: string): string | null {
  return fields !== null && Object.hasOwn(fields, field) ? valueWords(fields[field]) : null;
}

function valueWords(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : cut(value.map(String).join(", "));
  if (typeof value !== "string") return cut(JSON.stringify(value));
  return ISO_TIME.test(value) ? time.format(new Date(value)) : cut(value);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
