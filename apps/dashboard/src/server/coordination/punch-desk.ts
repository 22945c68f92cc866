/**
 * Takes punch requests and sends both sides of a pair their plans.
 *
 * A pair has one plan in flight. Whoever asks while it runs is told of that one, for both sides tend to ask at once; only
 * when a side has reported something else since is it worth a plan of its own. What a side reports while a plan runs may
 * open a technique that the plan lacks, as when a NAT has just been measured: then both sides are sent a plan that has it.
 * A technique that burdens two NATs waits for its turn: until then the pair has a plan without it.
 * Peers that the asking device may not see do not exist here.
 */
import { type AttemptId, type DeviceId, err, ok, type Result, type TeamId } from "@pinhole/protocol";
import type { PunchNote, PunchPlan, PunchRefusal, Trigger } from "@pinhole/protocol/control";
import { type Held, planStrategy, SprayTurns, type Strategy } from "@pinhole/protocol/punch";
import { newId, pathAttempt } from "@pinhole/drizzle/schema";
import type { Bus } from "../bus.ts";
import type { BatchedWriter } from "../metrics/batched-writer.ts";
import { Throttle } from "../throttle.ts";
import type { AgentSession } from "./agent-session.ts";
import { type PunchPair, type PunchSide, planPunch } from "./plan-punch.ts";
import { type Flight, keyOf, PunchFlights } from "./punch-flights.ts";
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

type Asked = Required<Omit<PunchRequest, "failures">> & { readonly failures: number };

/** Of a pair that waits, and what its devices had reported when it began to. */
type Waiting = Asked & { readonly reported: string };

/** Both sides of a request that may be granted. */
type Pair = {
  readonly teamId: TeamId;
  readonly maySpray: boolean;
  readonly initiator: Party;
  readonly responder: Party;
  readonly reported: string;
};

type Party = { readonly session: AgentSession; readonly device: TeamDevice & { readonly probeEpoch: string } };

const MAX_REMEMBERED = 10_000;

/** Of both sides and one attempt: the technique that tells most sends a dozen. */
const MAX_NOTES = 64;

export class PunchDesk {
  readonly #options: DeskOptions;
  readonly #flights = new PunchFlights();
  readonly #turns = new SprayTurns<Waiting>();
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
    // Who has waited comes before who asks now.
    this.tick();
    const pair = this.#find(initiatorId, peerId);
    if (!pair.ok) return pair;
    const flight = this.#flights.of(initiatorId, peerId, this.#options.now().getTime());
    if (flight?.reported === pair.value.reported) return ok({ attemptId: flight.attemptId });
    const asked = { initiatorId, peerId, trigger, failures };
    if (trigger !== "manual" && this.#isFutile(asked, pair.value)) return err("awaiting-turn");
    return this.#launch(pair.value, asked);
  }

  /** Plans the pairs whose turn has come. To be called often. */
  tick(): void {
    const now = this.#options.now().getTime();
    for (let asked = this.#turns.next(now); asked !== undefined; asked = this.#turns.next(now)) {
      const pair = this.#find(asked.initiatorId, asked.peerId);
      if (pair.ok) this.#launch(pair.value, asked);
    }
  }

  /** The device has told something else of itself than before. */
  onReported(deviceId: DeviceId): void {
    for (const flight of this.#flights.with(deviceId, this.#options.now().getTime())) {
      const { initiatorId, responderId: peerId, trigger, failures } = flight;
      const pair = this.#find(initiatorId, peerId);
      if (!pair.ok) continue;
      const held = this.#heldOf([initiatorId, peerId]);
      if (!hasMore(strategyOf(pair.value, { failures, held }), flight.strategy)) continue;
      this.#launch(pair.value, { initiatorId, peerId, trigger, failures });
    }
  }

  /** A sealed note of the attempt under way, where no relay carries the pair: few and short, so that it is no relay itself. */
  passNote(senderId: DeviceId, { peerId, note }: PunchNote): Result<void, "no-attempt"> {
    const { teams, listening, now } = this.#options;
    const flight = this.#flights.of(senderId, peerId, now().getTime());
    const [sender, receiver] = [listening(senderId), listening(peerId)];
    if (flight === undefined || sender === undefined || receiver === undefined) return err("no-attempt");
    const { policy } = teams.snapshot(sender.teamId);
    const isForUs = policy.mayTalk(senderId, peerId) && policy.transport(senderId, peerId) === "direct-only";
    if (!isForUs || flight.notes >= MAX_NOTES) return err("no-attempt");
    flight.notes++;
    receiver.mailbox.addNote({ peerId: senderId, note });
    return ok(undefined);
  }

  /** Of an attempt that may not be in the database yet. */
  partiesOf(attemptId: AttemptId): AttemptParties | undefined {
    return this.#parties.get(attemptId);
  }

  /** The attempt has found a path: the pair may have another plan at once. */
  land(attemptId: AttemptId): void {
    this.#flights.land(attemptId);
    const parties = this.#parties.get(attemptId);
    if (parties === undefined) return;
    this.#turns.settle([parties.initiatorId, parties.responderId]);
    this.tick();
  }

  /** The pair waits for its turn, everything else was tried, and nothing has changed since. It is noted that it still wants to. */
  #isFutile(asked: Asked, { reported }: Pair): boolean {
    const pair = [asked.initiatorId, asked.peerId] as const;
    const now = this.#options.now().getTime();
    if (this.#turns.waitingFor(pair)?.reported !== reported || this.#turns.of(pair, now) !== "busy") return false;
    this.#turns.wait(pair, { ...asked, reported }, now);
    return true;
  }

  #heldOf(pair: readonly [DeviceId, DeviceId]): Held | undefined {
    const turn = this.#turns.of(pair, this.#options.now().getTime());
    return turn === "free" ? undefined : turn;
  }

  #find(initiatorId: DeviceId, peerId: DeviceId): Result<Pair, PunchRefusal> {
    const { teams, listening } = this.#options;
    const initiator = listening(initiatorId);
    if (initiator === undefined) return err("peer-offline");
    const { teamId } = initiator;
    const { team, devices, policy } = teams.snapshot(teamId);
    const [own, other] = [devices.get(initiatorId), devices.get(peerId)];
    if (own === undefined || other === undefined || !policy.mayTalk(own.id, other.id)) return err("peer-not-found");
    if (policy.transport(own.id, other.id) === "relay-only") return err("relay-only");
    const responder = listening(peerId);
    if (responder === undefined) return err("peer-offline");
    if (own.probeEpoch === null || other.probeEpoch === null) return err("no-candidates");
    if (own.candidates.length === 0 && other.candidates.length === 0) return err("no-candidates");
    return ok({
      teamId,
      maySpray: team.maySpray,
      initiator: { session: initiator, device: { ...own, probeEpoch: own.probeEpoch } },
      responder: { session: responder, device: { ...other, probeEpoch: other.probeEpoch } },
      reported: [own, other]
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(reportedKey)
        .join("\n"),
    });
  }

  #launch(
    { teamId, maySpray, initiator, responder, reported }: Pair,
    { initiatorId, peerId, trigger, failures }: Asked,
  ): Result<{ readonly attemptId: AttemptId }, PunchRefusal> {
    const at = this.#options.now();
    if (!this.#pairs.take(keyOf(initiatorId, peerId), at)) return err("too-many-requests");
    const attemptId = newId("att");
    const devices = [initiatorId, peerId] as const;
    this.#turns.cutShort(devices, at.getTime());
    const plans = planPunch({
      attemptId,
      trigger,
      failures,
      maySpray,
      held: this.#heldOf(devices),
      initiator: sideOf(initiator, at),
      responder: sideOf(responder, at),
      now: at.getTime(),
    });
    const parties = { initiatorId, responderId: peerId };
    const { strategy, endsAt } = plans;
    if (strategy.stages.some(({ kind }) => kind === "birthday")) this.#turns.begin(devices, endsAt);
    if (strategy.held !== undefined)
      this.#turns.wait(devices, { initiatorId, peerId, trigger, failures, reported }, at.getTime());
    this.#flights.add({ attemptId, ...parties, trigger, failures, endsAt, reported, strategy, notes: 0 });
    this.#send(initiator.session, plans.initiator);
    this.#send(responder.session, plans.responder);
    this.#record({ teamId, ...parties }, plans, trigger);
    return ok({ attemptId });
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

function sideOf({ session, device }: Party, at: Date): PunchSide {
  return { ...device, roundTripMs: session.roundTripMs, provenAddresses: session.proven.at(at) };
}

function strategyOf(
  { maySpray, initiator, responder }: Pair,
  options: Pick<Flight, "failures"> & { readonly held: Held | undefined },
): Strategy {
  return planStrategy(initiator.device.natProfile, responder.device.natProfile, { ...options, maySpray });
}

/** Not merely other numbers: what a plan has begun would have to begin anew for them. */
function hasMore({ stages }: Strategy, flying: Strategy): boolean {
  const kinds = new Set(flying.stages.map(({ kind }) => kind));
  return stages.some(({ kind }) => !kinds.has(kind));
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
