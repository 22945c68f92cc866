/** Everything outside the document that a policy is judged by. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import { membership, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { policyDevices } from "./policy-devices.ts";

export type PolicySetting = {
  readonly devices: ReturnType<typeof policyDevices>;
  /** E-mail addresses. */
  readonly members: readonly string[];
  readonly at: number;
};

export function policySetting(db: Pick<Tx, "select">, teamId: TeamId, now: Date): PolicySetting {
  const members = db
    .select({ email: user.email })
    .from(membership)
    .innerJoin(user, eq(user.id, membership.userId))
    .where(eq(membership.teamId, teamId))
    .all();
  return { devices: policyDevices(db, teamId), members: members.map(({ email }) => email), at: now.getTime() };
}
