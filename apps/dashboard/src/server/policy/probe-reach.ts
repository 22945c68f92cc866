import type { Db } from "@pinhole/drizzle";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { findDevice } from "../devices/find-device.ts";
import type { HubPort } from "../hub-port.ts";
import type { Refusal } from "../refusal.ts";
import type { ReachAnswer } from "./policy-desk.ts";

type Input = { readonly from: DeviceId; readonly to: DeviceId; readonly port: number };

/** Has one device of the team try a TCP port of another one, for real: the answer is what a program on it would see. */
export async function probeReach(
  { db, hub, now }: { readonly db: Db; readonly hub: HubPort; readonly now: () => Date },
  actor: Actor,
  { from, to, port }: Input,
): Promise<Result<ReachAnswer, Refusal>> {
  const [one, other] = [findDevice(db, actor.teamId, from), findDevice(db, actor.teamId, to)];
  if (one === undefined || other === undefined || from === to) return err({ code: "device-not-found" });
  const answer = await hub.probeReach(from, { address: other.ipv4, port });
  if (!answer.ok) return err({ code: REFUSAL[answer.error] });
  recordEvent(
    db,
    {
      teamId: actor.teamId,
      author: actor,
      action: "policy.probe",
      object: { kind: "connection", id: `${from}..${to}`, name: `${one.name} to ${other.name}` },
      after: { port, outcome: answer.value.outcome },
    },
    now(),
  );
  return ok(answer.value);
}

const REFUSAL = {
  "device-offline": "device-offline",
  "no-answer": "device-silent",
  busy: "retry-too-soon",
} as const;
