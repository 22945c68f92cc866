/** Sends an invite's link to the address that it is for. The invite stands before, and stands whatever becomes of the mail. */
import { type InviteRow, invite } from "@pinhole/drizzle/schema";
import { err } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Mailer } from "../mail/mailer.ts";
import type { DashboardProcess } from "../process.ts";
import { inviteMail } from "./invite-mail.ts";

/** The longest that sending takes, and a little: what still says "sending" then was cut off with the server. */
const SENDING_MS = 60_000;

export type InviteDelivery = { readonly row: InviteRow; readonly url: string; readonly teamName: string };

type Sources = Pick<DashboardProcess, "db" | "bus" | "now" | "throttles"> & { readonly mailer: Mailer };

/** Returns once the mail server has answered, or has not; never throws. */
export async function deliverInvite(
  sources: Sources,
  actor: Actor,
  { row, url, teamName }: InviteDelivery,
): Promise<void> {
  const { db, bus, now, throttles, mailer } = sources;
  const { id, email: to, teamId, role, expiresAt } = row;
  if (to === null) return;
  // The link that this is about: one that was made anew meanwhile has a delivery of its own.
  const isIt = and(eq(invite.id, id), eq(invite.secretHash, row.secretHash));
  try {
    db.update(invite).set({ mail: "sending", mailedAt: now() }).where(isIt).run();
    const isAllowed = throttles.mailAddress.take(to, now()) && throttles.mailTeam.take(teamId, now());
    const sent = isAllowed
      ? await mailer.send({ to, ...inviteMail({ teamName, invitedBy: actor.name, role, email: to, url, expiresAt }) })
      : err("too-many" as const);
    const mail = sent.ok ? "sent" : sent.error;
    db.transaction((tx) => {
      if (tx.update(invite).set({ mail, mailedAt: now() }).where(isIt).run().changes !== 1) return;
      const object = { kind: "invite", id, name: to };
      recordEvent(tx, { teamId, author: actor, action: "invite.mail", object, after: { mail } }, now());
    });
    bus.publish({ teamId, kind: "member", userId: null });
  } catch (error) {
    console.error("mail of an invite failed:", error);
  }
}

export function inviteMailOf({ mail, mailedAt }: InviteRow, now: Date): InviteRow["mail"] {
  if (mail !== "sending") return mail;
  return now.getTime() - (mailedAt?.getTime() ?? 0) < SENDING_MS ? "sending" : "interrupted";
}
