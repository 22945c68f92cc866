import type { Db } from "@pinhole/drizzle";
import { type AttemptId, type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { PunchRefusal } from "@pinhole/protocol/control";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { findDevice } from "../devices/find-device.ts";
import { sightOf } from "../devices/sight.ts";
import type { HubPort } from "../hub-port.ts";
import type { Refusal } from "../refusal.ts";

type Input = { readonly a: DeviceId; readonly b: DeviceId };

/** Makes both devices try for a direct path at once. What they carry meanwhile stays where it is. */
export function retryConnection(
  { db, hub }: { db: Db; hub: HubPort },
  actor: Actor,
  { a, b }: Input,
  now: Date,
): Result<{ attemptId: AttemptId }, Refusal> {
  const [one, other] = [findDevice(db, actor.teamId, a), findDevice(db, actor.teamId, b)];
  if (one === undefined || other === undefined || a === b) return err({ code: "connection-not-found" });
  if (!actor.capabilities.includes("connections.retry") && !sightOf({ db, hub }, actor).seesPair(a, b))
    return err({ code: "connection-not-found" });
  const planned = hub.requestPunch(a, { peerId: b, trigger: "manual" });
  if (!planned.ok) return err({ code: REFUSAL[planned.error] });
  recordEvent(
    db,
    {
      teamId: actor.teamId,
      author: actor,
      action: "connection.retry",
      object: { kind: "connection", id: `${a}..${b}`, name: `${one.name} and ${other.name}` },
    },
    now,
  );
  return ok({ attemptId: planned.value.attemptId });
}

const REFUSAL = {
  // Both are devices of the team: what keeps one from being the other's peer is the policy, or a revocation.
  "peer-not-found": "policy-denied",
  "relay-only": "relay-only",
  "peer-offline": "device-offline",
  "no-candidates": "no-candidates",
  "awaiting-turn": "retry-too-soon",
  "too-many-requests": "retry-too-soon",
} as const satisfies Record<PunchRefusal, Refusal["code"]>;
