import type { AttemptId, DeviceId, Result, TeamId } from "@pinhole/protocol";
import type { PunchRefusal } from "@pinhole/protocol/control";
import type { CompiledPolicy } from "@pinhole/protocol/policy";
import type { ReachAnswer, ReachRefusal } from "./policy/policy-desk.ts";
import type { Rollout } from "./policy/rollout.ts";

/** What the browser's side asks of the open agent sessions; `coordination/agent-hub.ts` answers. */
export type HubPort = {
  onlineDeviceIds(teamId: TeamId): ReadonlySet<string>;
  isOnline(deviceId: DeviceId): boolean;
  connectedSince(deviceId: DeviceId): Date | undefined;
  disconnect(deviceId: DeviceId, reason: "revoked" | "shutdown"): void;
  /** With the devices of this moment. @throws UnreadablePolicy */
  policyInForce(teamId: TeamId): CompiledPolicy;
  /** Which of the devices that are online run the policy in force. */
  rollout(teamId: TeamId): Rollout;
  /** Has the device open a TCP connection to the address, which is a peer's. */
  probeReach(
    deviceId: DeviceId,
    target: { readonly address: string; readonly port: number },
  ): Promise<Result<ReachAnswer, ReachRefusal>>;
  /** Sends both devices a punch plan, as if `initiatorId` had asked. */
  requestPunch(
    initiatorId: DeviceId,
    request: { readonly peerId: DeviceId; readonly trigger: "manual" },
  ): Result<{ readonly attemptId: AttemptId }, PunchRefusal>;
};
