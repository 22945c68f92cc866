/** What became of a mail, and what to do about it. */
import type { InviteSummary } from "@/trpc/outputs.ts";

type Problem = Exclude<InviteSummary["mail"], "sending" | "sent" | null>;

const PROBLEMS: Record<Problem, string> = {
  "name-not-found": "The mail server's name has no address.",
  "no-connection": "The mail server cannot be reached, or hung up.",
  timeout: "The mail server did not answer within 20 s.",
  "no-tls": "The mail server offers no TLS, without which its password is not sent.",
  "bad-certificate": "The mail server's certificate is not valid.",
  "sign-in-refused": "The mail server does not take this server's user and password.",
  "sender-refused": "The mail server does not take mail from this server's address.",
  "address-refused": "The mail server does not take mail to this address.",
  refused: "The mail server did not take the mail.",
  "too-many": "Too many mails were sent to this address, or for this team.",
  interrupted: "The server was stopped while it was being sent.",
};

export function mailProblemWords(mail: InviteSummary["mail"]): string | null {
  return mail === null || mail === "sending" || mail === "sent" ? null : PROBLEMS[mail];
}
