import type { Db } from "@pinhole/drizzle";
import { user } from "@pinhole/drizzle/schema";
import { err, networkOf, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { Throttles } from "../process.ts";
import { openSession } from "../sessions/sessions.ts";
import { emailSchema, hashPassword, verifyPassword } from "./password.ts";

export type SignInRefusal = "wrong-credentials" | "too-many-tries";

export type SignInAttempt = {
  readonly email: string;
  readonly password: string;
  readonly address: string;
  readonly userAgent: string;
};

type Sources = { readonly db: Db; readonly throttles: Throttles; readonly now: () => Date };

const MAX_PASSWORD_LENGTH = 256;

/** Made once, of a password that nobody knows: an unknown account must take as long to refuse as a wrong password. */
let decoy: Promise<string> | undefined;

/** Checks a password and opens a session. */
export async function signIn(
  { db, throttles, now }: Sources,
  attempt: SignInAttempt,
): Promise<Result<{ sessionId: `ses_${string}`; userId: `usr_${string}` }, SignInRefusal>> {
  const email = emailSchema.safeParse(attempt.email);
  if (!email.success || attempt.password.length > MAX_PASSWORD_LENGTH) return err("wrong-credentials");
  const network = networkOf(attempt.address);
  const key = `${email.data}|${network}`;
  if (!throttles.signInAddress.take(network, now()) || !throttles.signIn.take(key, now())) return err("too-many-tries");

  const account = db.select().from(user).where(eq(user.email, email.data)).get();
  decoy ??= hashPassword(crypto.randomUUID());
  const isRight = await verifyPassword(attempt.password, account?.passwordHash ?? (await decoy));
  if (account === undefined || !isRight) return err("wrong-credentials");

  throttles.signIn.reset(key);
  return db.transaction((tx) => {
    const session = openSession(
      tx,
      { userId: account.id, userAgent: attempt.userAgent, address: attempt.address },
      now(),
    );
    recordEvent(
      tx,
      {
        teamId: null,
        author: { kind: "user", id: account.id, name: account.name, address: attempt.address },
        action: "session.open",
        object: { kind: "session", id: session.id, name: session.userAgent },
      },
      now(),
    );
    return ok({ sessionId: session.id, userId: account.id });
  });
}
