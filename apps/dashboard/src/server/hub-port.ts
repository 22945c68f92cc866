import type { AttemptId, DeviceId, Result, TeamId } from "@pinhole/protocol";
import type { PunchRefusal } from "@pinhole/protocol/control";

/** What the browser's side asks of the open agent sessions; `coordination/agent-hub.ts` answers. */
export type HubPort = {
  onlineDeviceIds(teamId: TeamId): ReadonlySet<string>;
  isOnline(deviceId: DeviceId): boolean;
  connectedSince(deviceId: DeviceId): Date | undefined;
  disconnect(deviceId: DeviceId, reason: "revoked" | "shutdown"): void;
  /** Sends both devices a punch plan, as if `initiatorId` had asked. */
  requestPunch(
    initiatorId: DeviceId,
    request: { readonly peerId: DeviceId; readonly trigger: "manual" },
  ): Result<{ readonly attemptId: AttemptId }, PunchRefusal>;
};
