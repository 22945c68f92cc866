/**
 * Takes punch requests and sends both sides of a pair their plans.
 *
 * A pair has one plan in flight. Whoever asks while it runs is told of that one, for both sides tend to ask at once; only
 * when a side has reported something else since is it worth a plan of its own. Peers that the asking device may not see
 * do not exist here.
 */
import { type AttemptId, type DeviceId, err, ok, type Result, type TeamId } from "@pinhole/protocol";
import type { PunchPlan, PunchRefusal, Trigger } from "@pinhole/protocol/control";
import { newId, pathAttempt } from "@pinhole/drizzle/schema";
import type { Bus } from "../bus.ts";
import type { BatchedWriter } from "../metrics/batched-writer.ts";
import { Throttle } from "../throttle.ts";
import type { AgentSession } from "./agent-session.ts";
import { type PunchPair, planPunch } from "./plan-punch.ts";
import type { TeamCache, TeamDevice } from "./team-cache.ts";

export type DeskOptions = {
  readonly teams: TeamCache;
  readonly writer: BatchedWriter;
  readonly bus: Bus;
  readonly now: () => Date;
  /** The device's open session with a subscription; only such a device can be told anything. */
  readonly listening: (deviceId: DeviceId) => AgentSession | undefined;
};

export type PunchRequest = {
  readonly initiatorId: DeviceId;
  readonly peerId: DeviceId;
  readonly trigger: Trigger;
  /** Attempts of the pair that failed in a row, as the initiator says: no more than a hint at what to try next. */
  readonly failures?: number | undefined;
};

export type AttemptParties = {
  readonly teamId: TeamId;
  readonly initiatorId: DeviceId;
  readonly responderId: DeviceId;
};

type Flight = { readonly attemptId: AttemptId; readonly endsAt: number; readonly reported: string };

const MAX_REMEMBERED = 10_000;

export class PunchDesk {
  readonly #options: DeskOptions;
  readonly #flights = new Map<string, Flight>();
  readonly #parties = new Map<AttemptId, AttemptParties>();
  /** Of a pair: network changes come in bursts, and a plan for each helps nobody. */
  readonly #pairs = new Throttle({ burst: 5, refillMs: 2_000 });

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  request({
    initiatorId,
    peerId,
    trigger,
    failures = 0,
  }: PunchRequest): Result<{ readonly attemptId: AttemptId }, PunchRefusal> {
    const { teams, listening, now } = this.#options;
    const initiator = listening(initiatorId);
    if (initiator === undefined) return err("peer-offline");
    const { team, devices, policy } = teams.snapshot(initiator.teamId);
    const [own, other] = [devices.get(initiatorId), devices.get(peerId)];
    if (own === undefined || other === undefined || !policy.mayTalk(own.id, other.id)) return err("peer-not-found");
    if (policy.transport(own.id, other.id) === "relay-only") return err("relay-only");
    const responder = listening(peerId);
    if (responder === undefined) return err("peer-offline");
    if (own.probeEpoch === null || other.probeEpoch === null) return err("no-candidates");
    if (own.candidates.length === 0 && other.candidates.length === 0) return err("no-candidates");

    const at = now();
    const key = [own.id, other.id].toSorted().join(" ");
    const reported = [own, other]
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(reportedKey)
      .join("\n");
    const flight = this.#flights.get(key);
    if (flight !== undefined && at.getTime() < flight.endsAt && flight.reported === reported)
      return ok({ attemptId: flight.attemptId });
    if (!this.#pairs.take(key, at)) return err("too-many-requests");

    const attemptId = newId("att");
    const sideOf = (session: AgentSession) => ({
      roundTripMs: session.roundTripMs,
      provenAddresses: session.proven.at(at),
    });
    const plans = planPunch({
      attemptId,
      trigger,
      failures,
      maySpray: team.maySpray,
      initiator: { ...own, probeEpoch: own.probeEpoch, ...sideOf(initiator) },
      responder: { ...other, probeEpoch: other.probeEpoch, ...sideOf(responder) },
      now: at.getTime(),
    });
    remember(this.#flights, key, { attemptId, endsAt: plans.endsAt, reported });
    this.#send(initiator, plans.initiator);
    this.#send(responder, plans.responder);
    this.#record({ teamId: initiator.teamId, initiatorId, responderId: peerId }, plans, trigger);
    return ok({ attemptId });
  }

  /** Of an attempt that may not be in the database yet. */
  partiesOf(attemptId: AttemptId): AttemptParties | undefined {
    return this.#parties.get(attemptId);
  }

  /** The attempt is over: the pair may have another plan at once. */
  land(attemptId: AttemptId): void {
    for (const [key, flight] of this.#flights) if (flight.attemptId === attemptId) this.#flights.delete(key);
  }

  #send(session: AgentSession, plan: PunchPlan): void {
    session.mailbox.addPlan(plan);
  }

  #record(parties: AttemptParties, { initiator, strategy, startAt }: PunchPair, trigger: Trigger): void {
    const { writer, bus } = this.#options;
    const { attemptId } = initiator;
    remember(this.#parties, attemptId, parties);
    writer.put(`attempt ${attemptId}`, {
      run: (tx) => {
        tx.insert(pathAttempt)
          .values({ id: attemptId, ...parties, trigger, strategy, startAt: new Date(startAt) })
          .run();
      },
      after: () => bus.publish({ teamId: parties.teamId, kind: "attempt", attemptId }),
    });
  }
}

/** What a plan was made from: another plan from the same would be the same. */
function reportedKey({ candidates, probeEpoch }: TeamDevice): string {
  return JSON.stringify([candidates, probeEpoch]);
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_REMEMBERED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
