/** `PINHOLE_SMTP_URL` and `PINHOLE_MAIL_FROM` → where mail is handed over, and in whose name. */
import * as z from "zod";

export type MailSettings = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (`smtps`). */
  readonly isSecure: boolean;
  /** Undefined: the mail server takes mail without a sign-in. */
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
  readonly from: { readonly name: string; readonly address: string };
};

type Given = {
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
  readonly publicUrl: string | undefined;
};

const DEFAULT_PORT = { "smtp:": 587, "smtps:": 465 } as const;
const DEFAULT_NAME = "Pinhole";

/** The address holds a password: no problem repeats any of it. */
export function parseMailSettings({ smtpUrl, from, publicUrl }: Given, problems: string[]): MailSettings | undefined {
  if (smtpUrl === undefined) {
    if (from !== undefined) problems.push("PINHOLE_MAIL_FROM is set without PINHOLE_SMTP_URL: no mail can be sent.");
    return undefined;
  }
  const server = parseServer(smtpUrl);
  if (server === undefined)
    problems.push(
      "PINHOLE_SMTP_URL is not of the form smtp://user:password@host:port (or smtps://…), with / @ : % in user and password written as %2F %40 %3A %25.",
    );
  const sender = parseSender(from ?? "");
  if (sender === undefined)
    problems.push(
      `PINHOLE_MAIL_FROM is "${from ?? ""}": it must be the address that mail comes from, such as Pinhole <pinhole@example.net>.`,
    );
  // A link's host must not be what a request's header says: whoever asks for somebody else's link would choose where it leads.
  if (publicUrl === undefined)
    problems.push("PINHOLE_SMTP_URL is set without PINHOLE_URL: links in mail need an address to lead to.");
  return server !== undefined && sender !== undefined ? { ...server, from: sender } : undefined;
}

function parseServer(text: string): Omit<MailSettings, "from"> | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "smtp:" && url.protocol !== "smtps:")) return undefined;
  if (url.hostname === "" || !["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "")
    return undefined;
  const [user, password] = [decode(url.username), decode(url.password)];
  if (user === undefined || password === undefined || (user === "") !== (password === "")) return undefined;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? DEFAULT_PORT[url.protocol] : Number(url.port),
    isSecure: url.protocol === "smtps:",
    credentials: user === "" ? undefined : { user, password },
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function parseSender(text: string): MailSettings["from"] | undefined {
  const [, name = "", bracketed] = /^([^<>\p{Cc}]*)<([^<>]*)>$/u.exec(text.trim()) ?? [];
  const address = (bracketed ?? text).trim();
  if (!z.email().safeParse(address).success) return undefined;
  return { name: name.trim() || DEFAULT_NAME, address };
}
