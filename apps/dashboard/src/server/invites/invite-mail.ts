import type { Role } from "@pinhole/drizzle/schema";
import { type MailText, renderMail } from "../mail/mail-text.ts";

type Invitation = {
  readonly teamName: string;
  readonly invitedBy: string;
  readonly role: Role;
  readonly email: string;
  readonly url: string;
  readonly expiresAt: Date;
};

export function inviteMail({ teamName, invitedBy, role, email, url, expiresAt }: Invitation): MailText {
  const until = expiresAt.toISOString().slice(0, 16).replace("T", " ");
  return renderMail({
    subject: `Invite to the team “${teamName}” on Pinhole`,
    paragraphs: [
      `${invitedBy} invites you to join the team “${teamName}” as ${role.replace("-", " ")}.`,
      `The link is good once, for ${email} alone, until ${until} UTC. Opening it changes nothing: joining takes a click.`,
    ],
    button: "Look at the invite",
    url,
    footer: "You do not know what this is about? Then do nothing, and nothing happens.",
  });
}
