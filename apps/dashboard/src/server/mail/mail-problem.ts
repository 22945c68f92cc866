/** Why a mail was not taken, in one word. What the mail server said is the operator's business, and not shown. */
import type { MailProblem } from "@pinhole/drizzle/schema";

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/;

export function mailProblemOf(error: unknown): MailProblem {
  const { code, originalCode, command, responseCode } = fieldsOf(error);
  if (CERTIFICATE.test(originalCode) || CERTIFICATE.test(code)) return "bad-certificate";
  if (responseCode !== undefined && command.startsWith("RCPT")) return "address-refused";
  if (responseCode !== undefined && command.startsWith("MAIL")) return "sender-refused";
  switch (code) {
    case "EAUTH":
    case "ENOAUTH":
      return "sign-in-refused";
    case "ETLS":
      return "no-tls";
    case "EDNS":
      return "name-not-found";
    case "ETIMEDOUT":
    case "EABORT":
      return "timeout";
    case "ECONNECTION":
    case "ESOCKET":
      return "no-connection";
    default:
      return "refused";
  }
}

function fieldsOf(error: unknown) {
  const fields: Readonly<Record<string, unknown>> = typeof error === "object" && error !== null ? { ...error } : {};
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  return {
    code: text("code"),
    originalCode: text("originalCode"),
    command: text("command"),
    responseCode: typeof fields["responseCode"] === "number" ? fields["responseCode"] : undefined,
  };
}
