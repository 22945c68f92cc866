/** Hands mail to the SMTP server of the settings, within a bounded time, and says in one word what went wrong. */
import type { MailProblem } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import nodemailer from "nodemailer";
import type { MailSettings } from "../../mail-settings.ts";
import { mailProblemOf } from "./mail-problem.ts";
import type { MailText } from "./mail-text.ts";

export type Mail = MailText & { readonly to: string };

export type Mailer = { send(mail: Mail): Promise<Result<null, MailProblem>> };

export type MailerOptions = {
  /** Whom to believe instead of the public authorities; for those, Node's own NODE_EXTRA_CA_CERTS adds to them. */
  readonly ca?: string;
  /** @default 20 s: slow servers greet after some seconds, to see whether spammers wait. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 20_000;

export function newMailer(settings: MailSettings, { ca, timeoutMs = TIMEOUT_MS }: MailerOptions = {}): Mailer {
  const { host, port, isSecure, credentials, from } = settings;
  const transport = nodemailer.createTransport({
    host,
    port,
    secure: isSecure,
    ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
    // A password is said to nobody who is not proven to be the server, even if somebody on the way hides STARTTLS.
    requireTLS: credentials !== undefined,
    ...(ca !== undefined && { tls: { ca } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text, html }) {
      try {
        await transport.sendMail({
          from,
          // As an object: nothing in it is read as a list of addresses.
          to: { name: "", address: to },
          subject,
          text,
          html,
          headers: { "Auto-Submitted": "auto-generated" },
          // Over all of it: a server that says a word now and then would never be idle.
          signal: AbortSignal.timeout(timeoutMs),
        });
        return ok(null);
      } catch (error) {
        const problem = mailProblemOf(error);
        console.warn(JSON.stringify({ level: "warn", message: "mail was not sent", problem }));
        return err(problem);
      }
    },
  };
}
