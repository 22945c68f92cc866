/** What people and machines ask for when they race: each a use case on a connection of the asker's own. */
import type { Db } from "@pinhole/drizzle";
import type { DeviceId } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import { approveDevice } from "../devices/approve-device.ts";
import { enrollDevice } from "../devices/enroll-device.ts";
import { renameDevice } from "../devices/rename-device.ts";
import { revokeDevice } from "../devices/revoke-device.ts";
import { acceptInvite } from "../invites/accept-invite.ts";
import { savePolicy } from "../policy/save-policy.ts";
import { confirmPolicy, revertPolicy } from "../policy/settle-policy.ts";
import { spendCode } from "../second-factor/check-code.ts";
import { changeRole } from "../members/change-role.ts";
import { removeMember } from "../members/remove-member.ts";
import { transferOwnership } from "../members/transfer-ownership.ts";

type Person = { readonly id: `usr_${string}`; readonly email: string; readonly name: string };

export type RaceAct =
  | { readonly kind: "accept"; readonly secret: string; readonly person: Person }
  | { readonly kind: "leave"; readonly actor: Actor }
  | { readonly kind: "demote" | "transfer"; readonly actor: Actor; readonly userId: string }
  | { readonly kind: "enroll"; readonly input: Parameters<typeof enrollDevice>[1] }
  | { readonly kind: "approve" | "revoke"; readonly actor: Actor; readonly deviceId: DeviceId }
  | { readonly kind: "rename"; readonly actor: Actor; readonly deviceId: DeviceId; readonly name: string }
  | { readonly kind: "save"; readonly actor: Actor; readonly input: Parameters<typeof savePolicy>[2] }
  | { readonly kind: "confirm" | "revert"; readonly actor: Actor; readonly version: number }
  | { readonly kind: "code"; readonly userId: Person["id"]; readonly code: string; readonly sealingKey: Uint8Array };

/** Does it. @returns `OK`, or the code of the refusal. */
export function outcomeOf(db: Db, act: RaceAct, now: Date): string {
  switch (act.kind) {
    case "accept":
      return codeOf(acceptInvite(db, { secret: act.secret, person: act.person, address: "192.0.2.1" }, now));
    case "leave":
      return codeOf(removeMember(db, act.actor, { userId: act.actor.id ?? "" }, now));
    case "demote":
      return codeOf(changeRole(db, act.actor, { userId: act.userId, role: "member" }, now));
    case "transfer":
      return codeOf(transferOwnership(db, act.actor, act, now));
    case "enroll": {
      const enrolled = enrollDevice(db, act.input, now);
      return enrolled.ok ? "OK" : enrolled.error;
    }
    case "approve":
      return codeOf(approveDevice(db, act.actor, act, now));
    case "revoke":
      return codeOf(revokeDevice(db, act.actor, act, now));
    case "rename":
      return codeOf(renameDevice(db, act.actor, act, now));
    case "save":
      return codeOf(savePolicy(db, act.actor, act.input, now));
    case "confirm":
      return codeOf(confirmPolicy(db, act.actor, act.version, now));
    case "revert":
      return codeOf(revertPolicy(db, act.actor, act.version, now));
    case "code": {
      const spent = db.transaction((tx) => spendCode(tx, act.sealingKey, act, now), { behavior: "immediate" });
      return spent === undefined ? "code-wrong" : "OK";
    }
  }
}

function codeOf(result: { readonly ok: boolean; readonly error?: { readonly code: string } }): string {
  return result.error?.code ?? "OK";
}
