import type { Db } from "@pinhole/drizzle";
import { type Team, type User, user } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import type { Author } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { createTeam } from "../teams/create-team.ts";
import { forgetSetupCode, needsSetup, setupCodeMatches } from "./setup-code.ts";

export type SetupInput = {
  /** Null: who asks has proven otherwise that the server is theirs (the command line on its own data). */
  readonly code: string | null;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly teamName: string;
};

export type SetupOutcome = { readonly user: User; readonly team: Team };

/** Makes the first account and its team, once: of two that try at the same time, one is refused. */
export function completeSetup(
  db: Db,
  origin: Pick<Author, "kind" | "address">,
  input: SetupInput,
  now: Date,
): Result<SetupOutcome, Refusal> {
  // `immediate`: the check and the insert are one, for another process with the same database too.
  return db.transaction(
    (tx): Result<SetupOutcome, Refusal> => {
      if (!needsSetup(tx)) return err({ code: "setup-already-done" });
      if (input.code !== null && !setupCodeMatches(tx, input.code)) return err({ code: "setup-code-wrong" });

      const { email, name, passwordHash } = input;
      const owner = tx.insert(user).values({ email, name, passwordHash, createdAt: now }).returning().get();
      const team = createTeam(tx, { ...origin, id: owner.id, name }, { name: input.teamName, ownerId: owner.id }, now);
      forgetSetupCode(tx);
      return ok({ user: owner, team });
    },
    { behavior: "immediate" },
  );
}
