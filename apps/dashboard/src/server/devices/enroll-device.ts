/**
 * A token, and the keys of a machine → a device of the token's team. One transaction: the use of the token, the row, the
 * revision and the line of the activity log stand together or not at all.
 *
 * A machine that asks again with the same keys and the same token, because the answer was lost on the way, gets the same
 * answer and uses nothing up.
 */
import type { Db } from "@pinhole/drizzle";
import { appendRevision, type Tx } from "@pinhole/drizzle/append-revision";
import { type Device, device, type EnrollmentTokenRow, team as teamTable } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result, type TeamId } from "@pinhole/protocol";
import type { EnrollInput, EnrollOutput, EnrollRefusal } from "@pinhole/protocol/control";
import { eq, or } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import { consumeToken, findToken, refusalOf } from "../tokens/redeem-token.ts";
import { allocateAddresses } from "./allocate-addresses.ts";
import { keyExpiry } from "./standing.ts";
import { uniqueDeviceName } from "./unique-device-name.ts";

export type Enrollment = {
  readonly output: EnrollOutput;
  readonly teamId: TeamId;
  readonly deviceId: DeviceId;
  readonly tokenId: EnrollmentTokenRow["id"];
  /** Null when the device had been enrolled before and nothing changed. */
  readonly revision: number | null;
};

/** The signature has been checked: whoever asks holds the identity key. */
type Input = Pick<EnrollInput, "token" | "name" | "identityKey" | "nodeKey" | "host"> & { readonly address: string };

export function enrollDevice(db: Db, input: Input, now: Date): Result<Enrollment, EnrollRefusal> {
  // Immediate: read and written under one lock, so that nothing that was read can have changed.
  return db.transaction((tx) => enroll(tx, input, now), { behavior: "immediate" });
}

/** Refuses before it writes, so that a refusal leaves nothing behind. */
function enroll(tx: Tx, input: Input, now: Date): Result<Enrollment, EnrollRefusal> {
  const found = findToken(tx, input.token);
  if (!found.ok) return found;
  const token = found.value;

  const holder = tx
    .select()
    .from(device)
    .where(or(eq(device.identityKey, input.identityKey), eq(device.nodeKey, input.nodeKey)))
    .all();
  const [known] = holder;
  if (known !== undefined) {
    const isRepeated =
      holder.length === 1 && known.identityKey === input.identityKey && known.nodeKey === input.nodeKey;
    if (!isRepeated || known.enrolledWith !== token.id || known.revokedAt !== null) return err("key-already-enrolled");
    return ok({ ...describe(tx, known), tokenId: token.id, revision: null });
  }

  // Before the whole team is read: whoever has kept a dead token may present it as often as he likes.
  const refusal = refusalOf(token, now);
  if (refusal !== undefined) return err(refusal);

  const { teamId } = token;
  const taken = tx
    .select({ name: device.name, ipv4: device.ipv4, revokedAt: device.revokedAt })
    .from(device)
    .where(eq(device.teamId, teamId))
    .all();
  const team = tx.select().from(teamTable).where(eq(teamTable.id, teamId)).get();
  if (team === undefined) throw new Error(`token ${token.id} has no team`);
  const addresses = allocateAddresses(team, new Set(taken.map(({ ipv4 }) => ipv4)));
  if (addresses === undefined) return err("team-full");
  const consumed = consumeToken(tx, token, now);
  if (!consumed.ok) return consumed;

  const names = new Set(taken.filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name));
  const row = tx
    .insert(device)
    .values({
      teamId,
      name: uniqueDeviceName(input.name, names),
      identityKey: input.identityKey,
      nodeKey: input.nodeKey,
      ...addresses,
      tags: token.tags,
      ephemeral: token.ephemeral,
      awaitsApproval: team.needsApproval && !token.isPreApproved,
      keyExpiresAt: keyExpiry(team.keyLifetimeDays, now),
      enrolledWith: token.id,
      ...input.host,
      candidates: [],
      createdAt: now,
    })
    .returning()
    .get();
  recordEvent(
    tx,
    {
      teamId,
      author: { kind: "device", id: row.id, name: row.name, address: input.address },
      action: "device.enroll",
      object: { kind: "device", id: row.id, name: row.name },
      after: {
        token: token.name,
        tokenId: token.id,
        ipv4: row.ipv4,
        tags: row.tags,
        ...(row.awaitsApproval ? { awaitsApproval: true } : {}),
      },
    },
    now,
  );
  const revision = appendRevision(tx, { teamId, kind: "device", deviceId: row.id });
  return ok({ ...describe(tx, row), tokenId: token.id, revision });
}

function describe(tx: Tx, row: Device): Pick<Enrollment, "output" | "teamId" | "deviceId"> {
  const team = tx.select().from(teamTable).where(eq(teamTable.id, row.teamId)).get();
  if (team === undefined) throw new Error(`device ${row.id} has no team`);
  return {
    teamId: team.id,
    deviceId: row.id,
    output: {
      deviceId: row.id,
      name: row.name,
      team: { id: team.id, slug: team.slug, name: team.name },
      addresses: [row.ipv4, row.ipv6],
    },
  };
}
