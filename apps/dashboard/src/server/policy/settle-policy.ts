/**
 * A version that was applied for a while: somebody confirms it, or takes it back, or nobody does anything and it goes by
 * itself. What comes back is the last version that nobody has to confirm, as a new version.
 */
import type { Db } from "@pinhole/drizzle";
import { appendRevision, type Tx } from "@pinhole/drizzle/append-revision";
import { policyVersion } from "@pinhole/drizzle/schema";
import { err, ok, type Result, type TeamId } from "@pinhole/protocol";
import { hasCapability } from "@pinhole/protocol/team";
import { and, desc, eq, isNull, lt } from "drizzle-orm";
import type { Actor, Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import { latestPolicy } from "./policy-versions.ts";
import type { SavedPolicy } from "./save-policy.ts";

const CLOCK: Author = { kind: "server", id: null, name: "the server", address: null };

export function confirmPolicy(
  db: Db,
  actor: Actor,
  version: number,
  now: Date,
): Result<{ readonly version: number }, Refusal> {
  return db.transaction(
    (tx): Result<{ readonly version: number }, Refusal> => {
      const pending = findPending(tx, actor, version);
      if (!pending.ok) return pending;
      // Too late is too late, also for the moment until the clock has looked.
      if (pending.value <= now) return err({ code: "policy-settled" });
      tx.update(policyVersion)
        .set({ confirmBy: null })
        .where(and(eq(policyVersion.teamId, actor.teamId), eq(policyVersion.version, version)))
        .run();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "policy.confirm",
          object: { kind: "policy", id: String(version), name: `version ${version}` },
        },
        now,
      );
      return ok({ version });
    },
    { behavior: "immediate" },
  );
}

/** At once, without waiting for the time to run out. */
export function revertPolicy(db: Db, actor: Actor, version: number, now: Date): Result<SavedPolicy, Refusal> {
  return db.transaction(
    (tx): Result<SavedPolicy, Refusal> => {
      const pending = findPending(tx, actor, version);
      if (!pending.ok) return pending;
      const message = `Version ${version} taken back`;
      return bringBack(tx, { teamId: actor.teamId, version, author: actor, message }, now);
    },
    { behavior: "immediate" },
  );
}

/** For whoever looks at the time. Undefined: nothing was due, or somebody was quicker. */
export function revertUnconfirmed(db: Db, teamId: TeamId, now: Date): SavedPolicy | undefined {
  return db.transaction(
    (tx) => {
      const live = latestPolicy(tx, teamId);
      if (live === undefined || live.confirmBy === null || live.confirmBy > now) return undefined;
      const message = `Version ${live.version} was not confirmed in time`;
      const back = bringBack(tx, { teamId, version: live.version, author: CLOCK, message }, now);
      return back.ok ? back.value : undefined;
    },
    { behavior: "immediate" },
  );
}

/** By when it has to be confirmed. */
function findPending(tx: Tx, actor: Actor, version: number): Result<Date, Refusal> {
  const asking = findMember(tx, actor.teamId, actor.id ?? "");
  if (asking === undefined || !hasCapability(asking.role, "policy.edit")) return err({ code: "role-insufficient" });
  const live = latestPolicy(tx, actor.teamId);
  return live?.version === version && live.confirmBy !== null ? ok(live.confirmBy) : err({ code: "policy-settled" });
}

type Back = {
  readonly teamId: TeamId;
  readonly version: number;
  readonly author: Author;
  readonly message: string;
};

function bringBack(tx: Tx, { teamId, version, author, message }: Back, now: Date): Result<SavedPolicy, Refusal> {
  const settled = lastSettled(tx, teamId, version);
  if (settled === undefined) return err({ code: "policy-not-found" });
  const next = version + 1;
  const authorId = author.kind === "user" ? (author.id as `usr_${string}` | null) : null;
  tx.insert(policyVersion)
    .values({ teamId, version: next, document: settled.document, message, author: authorId, createdAt: now })
    .run();
  recordEvent(
    tx,
    {
      teamId,
      author,
      action: "policy.revert",
      object: { kind: "policy", id: String(next), name: `version ${next}` },
      before: { version },
      after: { version: next, message, documentOf: settled.version },
    },
    now,
  );
  return ok({ version: next, revision: appendRevision(tx, { teamId, kind: "policy" }) });
}

/** The one that comes back when `version` goes. */
export function lastSettled(tx: Pick<Tx, "select">, teamId: TeamId, version: number) {
  return tx
    .select({ version: policyVersion.version, document: policyVersion.document })
    .from(policyVersion)
    .where(and(eq(policyVersion.teamId, teamId), lt(policyVersion.version, version), isNull(policyVersion.confirmBy)))
    .orderBy(desc(policyVersion.version))
    .limit(1)
    .get();
}
