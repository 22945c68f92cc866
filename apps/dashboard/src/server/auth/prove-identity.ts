/** Whether somebody is who they say: asked at sign-in, and again before what cannot be undone. */
import type { Db } from "@pinhole/drizzle";
import { type User, user } from "@pinhole/drizzle/schema";
import { err, networkOf, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Throttles } from "../process.ts";
import { type CodeKind, hasSecondFactor, spendCode } from "../second-factor/check-code.ts";
import { emailSchema, hashPassword, isPasswordHash, MAX_PASSWORD_LENGTH, verifyPassword } from "./password.ts";

export type ProofRefusal = "wrong-credentials" | "too-many-tries" | "code-needed" | "code-wrong";

export type ProofSources = {
  readonly db: Db;
  readonly sealingKey: Uint8Array;
  readonly throttles: Throttles;
  readonly now: () => Date;
};

export type Proof = {
  readonly email: string;
  readonly password: string;
  /** Of the app, or a recovery code; asked for where the account has a second factor. */
  readonly code?: string | undefined;
  readonly address: string;
};

export type Proven = { readonly account: User; readonly by: "password" | CodeKind };

/** Made once, of a password that nobody knows: an account that is unknown or has no password must take as long to refuse as a wrong password. */
let decoy: Promise<string> | undefined;

export async function proveIdentity(sources: ProofSources, proof: Proof): Promise<Result<Proven, ProofRefusal>> {
  const account = await provePassword(sources, proof);
  if (!account.ok) return account;
  const { db, sealingKey, throttles, now } = sources;
  const { id: userId } = account.value;
  if (!hasSecondFactor(db, userId)) return ok({ account: account.value, by: "password" });
  const { code = "" } = proof;
  if (code === "") return err("code-needed");
  if (!throttles.secondFactor.take(userId, now())) return err("too-many-tries");
  const by = db.transaction((tx) => spendCode(tx, sealingKey, { userId, code }, now()), { behavior: "immediate" });
  if (by === undefined) return err("code-wrong");
  throttles.secondFactor.reset(userId);
  return ok({ account: account.value, by });
}

async function provePassword(
  { db, throttles, now }: Pick<ProofSources, "db" | "throttles" | "now">,
  { email: typed, password, address }: Proof,
): Promise<Result<User, ProofRefusal>> {
  const email = emailSchema.safeParse(typed);
  if (!email.success || password.length > MAX_PASSWORD_LENGTH) return err("wrong-credentials");
  const network = networkOf(address);
  const key = `${email.data}|${network}`;
  if (!throttles.signInAddress.take(network, now()) || !throttles.signIn.take(key, now())) return err("too-many-tries");

  const account = db.select().from(user).where(eq(user.email, email.data)).get();
  decoy ??= hashPassword(crypto.randomUUID());
  const hash = account !== undefined && isPasswordHash(account.passwordHash) ? account.passwordHash : undefined;
  const isRight = await verifyPassword(password, hash ?? (await decoy));
  if (account === undefined || hash === undefined || !isRight) return err("wrong-credentials");
  throttles.signIn.reset(key);
  return ok(account);
}
