import { user } from "@pinhole/drizzle/schema";
import { err, networkOf, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import { renderMail } from "../mail/mail-text.ts";
import type { Mailer } from "../mail/mailer.ts";
import type { DashboardProcess } from "../process.ts";
import type { Refusal } from "../refusal.ts";
import { LINK_MS, makeSignInLink } from "./sign-in-link.ts";

type Sources = Pick<DashboardProcess, "db" | "now" | "throttles"> & {
  readonly mailer: Mailer | null;
  /** The server's own idea of where it is: a request's header could name somebody else's. */
  readonly url: string | undefined;
};

type Asking = { readonly email: string; readonly address: string };

/** When the answer is long gone: what an account alone makes the server do must not be seen in the time it takes. */
const LATER_MS = 100;

/** Mails a link to the account of that address if there is one. Nobody who asks learns whether there is. */
export function requestSignInLink(sources: Sources, { email, address }: Asking): Result<null, Refusal> {
  const { mailer, url, throttles, now } = sources;
  if (mailer === null || url === undefined) return err({ code: "mail-off" });
  if (!throttles.linkNetwork.take(networkOf(address), now()) || !throttles.linkAddress.take(email, now()))
    return err({ code: "too-many-tries" });
  setTimeout(() => {
    mailLink({ ...sources, mailer, url }, { email, address }).catch((error: unknown) =>
      console.error("a sign-in link failed:", error),
    );
  }, LATER_MS).unref();
  return ok(null);
}

async function mailLink(
  { db, mailer, url, now }: Sources & { readonly mailer: Mailer; readonly url: string },
  { email, address }: Asking,
): Promise<void> {
  const secret = db.transaction((tx) => {
    const account = tx.select().from(user).where(eq(user.email, email)).get();
    if (account === undefined) return undefined;
    const author = { kind: "server", id: null, name: "sign-in page", address } as const;
    const object = { kind: "user", id: account.id, name: account.name };
    recordEvent(tx, { teamId: null, author, action: "user.mail-link", object }, now());
    return makeSignInLink(tx, { userId: account.id, by: "mail" }, now());
  });
  if (secret === undefined) return;
  await mailer.send({
    to: email,
    ...renderMail({
      subject: "Your link to sign in to Pinhole",
      paragraphs: [
        `Somebody, likely you, asked on ${new URL(url).host} for a link to sign in with.`,
        `It is good once, for ${LINK_MS / 60_000} minutes. Opening it changes nothing: signing in takes a click, and your second factor if you have one.`,
      ],
      button: "Sign in",
      url: `${url}/login/link/${secret}`,
      footer: "You did not ask for this? Then do nothing. Nobody gets in without this mail; do not pass it on.",
    }),
  });
}
