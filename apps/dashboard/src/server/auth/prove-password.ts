/** Whether somebody is who they say: asked at sign-in, and again before what cannot be undone. */
import type { Db } from "@pinhole/drizzle";
import { type User, user } from "@pinhole/drizzle/schema";
import { err, networkOf, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Throttles } from "../process.ts";
import { emailSchema, hashPassword, MAX_PASSWORD_LENGTH, verifyPassword } from "./password.ts";

export type ProofRefusal = "wrong-credentials" | "too-many-tries";

export type ProofSources = { readonly db: Db; readonly throttles: Throttles; readonly now: () => Date };

export type Proof = { readonly email: string; readonly password: string; readonly address: string };

/** Made once, of a password that nobody knows: an unknown account must take as long to refuse as a wrong password. */
let decoy: Promise<string> | undefined;

export async function provePassword(
  { db, throttles, now }: ProofSources,
  { email: typed, password, address }: Proof,
): Promise<Result<User, ProofRefusal>> {
  const email = emailSchema.safeParse(typed);
  if (!email.success || password.length > MAX_PASSWORD_LENGTH) return err("wrong-credentials");
  const network = networkOf(address);
  const key = `${email.data}|${network}`;
  if (!throttles.signInAddress.take(network, now()) || !throttles.signIn.take(key, now())) return err("too-many-tries");

  const account = db.select().from(user).where(eq(user.email, email.data)).get();
  decoy ??= hashPassword(crypto.randomUUID());
  const isRight = await verifyPassword(password, account?.passwordHash ?? (await decoy));
  if (account === undefined || !isRight) return err("wrong-credentials");
  throttles.signIn.reset(key);
  return ok(account);
}
