/**
 * What policies do by themselves as time passes: grants end, and versions go that nobody confirmed. The rows say what is due, so a server that was away at the
 * moment does it when it comes back.
 */
import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { policyVersion, team } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { nextExpiry, parsePolicy } from "@pinhole/protocol/policy";
import { and, eq, sql } from "drizzle-orm";
import type { Bus } from "../bus.ts";
import { revertUnconfirmed } from "./settle-policy.ts";

type Deps = { readonly db: Db; readonly bus: Bus; readonly now: () => Date };

type Live = {
  readonly teamId: TeamId;
  readonly version: number;
  readonly createdAt: Date;
  readonly expiredUntil: Date | null;
  readonly confirmBy: Date | null;
};

type Read = { readonly version: number; readonly grants: readonly { readonly expires?: string | undefined }[] };

export class PolicyClock {
  readonly #deps: Deps;
  /** A document is parsed once, not at every look. */
  readonly #read = new Map<TeamId, Read>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Does what is due, and returns in how many milliseconds the next thing is; null: nothing is known to come. */
  tick(): number | null {
    const now = this.#deps.now();
    const due = livePolicies(this.#deps.db)
      .all()
      .map((live) => this.#look(live, now));
    const ahead = due.flatMap((at) => at ?? []).map((at) => Math.max(0, at - now.getTime()));
    return ahead.length === 0 ? null : Math.min(...ahead);
  }

  #look(live: Live, now: Date): number | null {
    const { confirmBy } = live;
    if (confirmBy !== null && confirmBy <= now) {
      this.#revert(live, now);
      // What came back has its own grants that end: they are looked at with the next tick.
      return null;
    }
    const expiry = this.#lookAtGrants(live, now);
    return confirmBy === null ? expiry : Math.min(confirmBy.getTime(), expiry ?? Infinity);
  }

  #revert({ teamId }: Live, now: Date): void {
    const back = revertUnconfirmed(this.#deps.db, teamId, now);
    if (back !== undefined) this.#deps.bus.publish({ teamId, kind: "revision", revision: back.revision });
  }

  #lookAtGrants(live: Live, now: Date): number | null {
    const read = this.#grantsOf(live);
    const told = live.expiredUntil ?? live.createdAt;
    const next = nextExpiry(read, told.getTime());
    if (next === null || next > now.getTime()) return next;
    this.#tellOfExpiry(live, now);
    return nextExpiry(read, now.getTime());
  }

  #tellOfExpiry({ teamId, version }: Live, now: Date): void {
    const { db, bus } = this.#deps;
    const revision = db.transaction(
      (tx) => {
        tx.update(policyVersion)
          .set({ expiredUntil: now })
          .where(and(eq(policyVersion.teamId, teamId), eq(policyVersion.version, version)))
          .run();
        return appendRevision(tx, { teamId, kind: "policy" });
      },
      { behavior: "immediate" },
    );
    bus.publish({ teamId, kind: "revision", revision });
  }

  #grantsOf({ teamId, version }: Live): Read {
    const known = this.#read.get(teamId);
    if (known?.version === version) return known;
    const row = this.#deps.db
      .select({ document: policyVersion.document })
      .from(policyVersion)
      .where(and(eq(policyVersion.teamId, teamId), eq(policyVersion.version, version)))
      .get();
    const policy = parsePolicy(row?.document ?? "{}");
    const read = { version, grants: policy.ok ? policy.value.grants : [] };
    this.#read.set(teamId, read);
    return read;
  }
}

/**
 * Of each team the one in force. Asked twice a second: from the teams to their newest versions, which SQLite would turn
 * around to read every document of every version, were it free to.
 */
export function livePolicies(db: Db) {
  const { teamId, version, createdAt, expiredUntil, confirmBy } = policyVersion;
  const newest = sql`(select max(version) from policy_version where team_id = ${team.id})`;
  return db
    .select({ teamId, version, createdAt, expiredUntil, confirmBy })
    .from(team)
    .crossJoin(policyVersion)
    .where(and(eq(teamId, team.id), eq(version, newest)));
}
