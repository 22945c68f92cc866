import type { Tx } from "@pinhole/drizzle/append-revision";
import { device, enrollmentToken, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import type { PolicyDevice } from "@pinhole/protocol/policy";
import { and, eq, isNull } from "drizzle-orm";

/** The team's devices as a policy sees them. */
export function policyDevices(db: Pick<Tx, "select">, teamId: TeamId): (PolicyDevice & { readonly name: string })[] {
  return db
    .select({
      id: device.id,
      name: device.name,
      ipv4: device.ipv4,
      ipv6: device.ipv6,
      tags: device.tags,
      user: user.email,
    })
    .from(device)
    .leftJoin(enrollmentToken, eq(enrollmentToken.id, device.enrolledWith))
    .leftJoin(user, eq(user.id, enrollmentToken.createdBy))
    .where(
      and(
        eq(device.teamId, teamId),
        isNull(device.revokedAt),
        isNull(device.keyExpiredAt),
        eq(device.awaitsApproval, false),
      ),
    )
    .all()
    .map(({ ipv4, ipv6, ...rest }) => ({ ...rest, addresses: [ipv4, ipv6] }));
}
