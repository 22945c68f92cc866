/** What an audit line says: the verb with its object, and what changed. */
import type { AuditEvent } from "@/trpc/outputs.ts";

const VERBS: Readonly<Record<string, string>> = {
  "team.create": "Created team",
  "token.create": "Created token",
  "token.revoke": "Revoked token",
  "device.enroll": "Enrolled device",
  "device.rename": "Renamed device",
  "device.revoke": "Revoked device",
  "device.restore": "Restored device",
  "device.expire": "Removed ephemeral device",
  "connection.retry": "Retried connection",
  "session.open": "Signed in",
  "policy.save": "Changed policy",
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
    const change = { field: fieldWords(field), before: valueWords(before?.[field]), after: valueWords(after?.[field]) };
    return change.before === change.after ? [] : [change];
  });
}

function fieldWords(field: string): string {
  const spaced = field.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const MAX_LENGTH = 120;

function valueWords(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : cut(value.map(String).join(", "));
  return cut(typeof value === "string" ? value : JSON.stringify(value));
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
