/** Two devices as last reported → what each of them is told, with one start for both. Pure. */
import type { AttemptId, DeviceId } from "@pinhole/protocol";
import type { Candidate, NatProfile, PunchPlan, Trigger } from "@pinhole/protocol/control";
import { type Held, planStrategy, type Strategy } from "@pinhole/protocol/punch";

export type PunchSide = {
  readonly id: DeviceId;
  readonly candidates: readonly Candidate[];
  readonly natProfile: NatProfile | null;
  readonly probeEpoch: string;
  /** Public addresses at which the server has seen the device by itself. */
  readonly provenAddresses: readonly string[];
  /** Of its control session. */
  readonly roundTripMs: number;
};

export type PunchInputs = {
  readonly attemptId: AttemptId;
  readonly trigger: Trigger;
  /** Attempts of the pair that failed in a row, as the initiator counts. */
  readonly failures: number;
  /** The team's setting. */
  readonly maySpray: boolean;
  readonly held?: Held | undefined;
  readonly initiator: PunchSide;
  readonly responder: PunchSide;
  /** Milliseconds since the epoch, on the server's clock: the one that both agents know the offset of. */
  readonly now: number;
};

export type PunchPair = {
  readonly initiator: PunchPlan;
  readonly responder: PunchPlan;
  readonly strategy: Strategy;
  readonly startAt: number;
  /** When the last stage has failed if nothing stands. */
  readonly endsAt: number;
};

/** For both agents to read the plan and set a timer. */
const PREPARATION_MS = 10;
/** What a device says of itself may not hold up its peer for long. */
const MAX_ONE_WAY_MS = 1_000;

export function planPunch(inputs: PunchInputs): PunchPair {
  const { attemptId, trigger, failures, maySpray, held, initiator, responder, now } = inputs;
  const strategy = planStrategy(initiator.natProfile, responder.natProfile, { failures, maySpray, held });
  const oneWayMs = Math.min(MAX_ONE_WAY_MS, Math.max(initiator.roundTripMs, responder.roundTripMs) / 2);
  const startAt = now + oneWayMs + PREPARATION_MS;
  const planFor = (role: PunchPlan["role"], peer: PunchSide): PunchPlan => ({
    attemptId,
    peerId: peer.id,
    trigger,
    role,
    startAt,
    peerCandidates: [...peer.candidates],
    peerNatProfile: peer.natProfile,
    peerProbeEpoch: peer.probeEpoch,
    peerProvenAddresses: [...peer.provenAddresses],
    strategy,
  });
  return {
    initiator: planFor("initiator", responder),
    responder: planFor("responder", initiator),
    strategy,
    startAt,
    endsAt: startAt + Math.max(...strategy.stages.map(({ endMs }) => endMs)),
  };
}
