/**
 * The dashboard's part in a simulation: knows what agents report, tells them of each other,
 * and answers a request with the real strategy and a common start. Its packets are never
 * lost; they take each agent's one-way delay.
 */
import type { VirtualTime } from "@pinhole/natsim";
import { type AttemptId, type DeviceId, toBase64Url } from "@pinhole/protocol";
import type { AttemptTrace, Candidate, NatProfile, PunchPlan, Trigger } from "@pinhole/protocol/control";
import type { Transport } from "@pinhole/protocol/policy";
import { type Held, planStrategy, SprayTurns, type Strategy } from "@pinhole/protocol/punch";
import type { PeerInfo, RefusalCode } from "../contract.ts";

/** Added to the larger of the two one-way delays, as the server does. */
const START_MARGIN_MS = 10;

/** How often it looks whose turn has come. */
const TURNS_MS = 100;

/** What the server's clock shows at virtual time zero. */
export const SERVER_EPOCH_MS = 1_800_000_000_000;

export type Member = {
  readonly id: DeviceId;
  readonly nodeKey: Uint8Array;
  readonly serverDelayMs: number;
  readonly report: () => { candidates: readonly Candidate[]; natProfile: NatProfile | null; probeEpoch: Uint8Array };
  readonly onPeer: (info: PeerInfo) => void;
  readonly onPlan: (plan: PunchPlan) => void;
  readonly onPlanned: (peerId: DeviceId, attemptId: AttemptId) => void;
  readonly onRefused: (peerId: DeviceId, code: RefusalCode) => void;
  readonly onRelayed: (from: DeviceId, bytes: Uint8Array) => void;
};

type Flight = {
  readonly attemptId: AttemptId;
  readonly initiator: Member;
  readonly responder: Member;
  readonly asked: Asked;
  readonly endsAt: number;
  readonly reported: string;
  readonly strategy: Strategy;
};

type Asked = Omit<PunchRequest, "peerId">;

type Waiting = {
  readonly initiator: Member;
  readonly responder: Member;
  readonly asked: Asked;
  readonly reported: string;
};

export type PunchRequest = { readonly peerId: DeviceId; readonly trigger: Trigger; readonly failures: number };

export class SimCoordinator {
  /** Down: every request is refused as the agent itself would refuse it, and nothing is relayed. */
  isUp = true;
  /** What the policy says of every pair. */
  transport: Transport = "prefer-direct";
  /** Whether it has seen by itself where members say that they are. */
  provesAddresses = true;
  readonly traces: { readonly from: DeviceId; readonly trace: AttemptTrace }[] = [];
  /** Of every plan, in order. */
  readonly strategies: Strategy[] = [];
  readonly requests: {
    readonly from: DeviceId;
    readonly to: DeviceId;
    readonly trigger: Trigger;
    readonly at: number;
  }[] = [];
  readonly #time: VirtualTime;
  readonly #members = new Map<DeviceId, Member>();
  readonly #offline = new Set<DeviceId>();
  /** Of each pair the plan that is under way: a pair has one at a time, and both sides ask. */
  readonly #flights = new Map<string, Flight>();
  readonly #turns = new SprayTurns<Waiting>();
  #isWatchingTurns = false;
  #attempts = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  join(member: Member): void {
    this.#members.set(member.id, member);
  }

  setOnline(id: DeviceId, isOnline: boolean): void {
    if (isOnline) this.#offline.delete(id);
    else this.#offline.add(id);
    this.publish(id);
  }

  /** Tells everybody else what this member reports now. */
  publish(id: DeviceId): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    const info = {
      id,
      nodeKey: member.nodeKey,
      online: !this.#offline.has(id),
      transport: this.transport,
      ...member.report(),
    };
    for (const other of this.#members.values()) {
      if (other.id !== id) this.#tell(other, () => other.onPeer(info));
    }
    // What it reports arrives as late as it hears the answer.
    this.#time.after(member.serverDelayMs, () => this.#planAnew(id));
  }

  /** One side's account of an attempt. */
  takeTrace(from: DeviceId, trace: AttemptTrace): void {
    this.traces.push({ from, trace });
    if (trace.outcome !== "direct") return;
    for (const [key, { attemptId }] of this.#flights) if (attemptId === trace.attemptId) this.#flights.delete(key);
    this.#turns.settle([from, trace.peerId]);
  }

  requestPunch(from: DeviceId, { peerId: to, trigger, failures }: PunchRequest): void {
    this.requests.push({ from, to, trigger, at: this.#time.now });
    const one = this.#members.get(from);
    const other = this.#members.get(to);
    if (one === undefined || other === undefined) return;
    if (!this.isUp) return one.onRefused(to, "offline");
    this.#time.after(one.serverDelayMs, () => {
      if (this.#offline.has(to)) return this.#tell(one, () => one.onRefused(to, "peer-offline"));
      this.#plan(one, other, { trigger, failures });
    });
  }

  /** A note of a direct-only pair. */
  passNote(from: DeviceId, to: DeviceId, bytes: Uint8Array): void {
    this.#carry(from, to, bytes);
  }

  relay(from: DeviceId, to: DeviceId, bytes: Uint8Array): void {
    if (this.transport !== "direct-only") this.#carry(from, to, bytes);
  }

  #carry(from: DeviceId, to: DeviceId, bytes: Uint8Array): void {
    const source = this.#members.get(from);
    const target = this.#members.get(to);
    if (source === undefined || target === undefined || !this.isUp || this.#offline.has(to)) return;
    this.#time.after(source.serverDelayMs + target.serverDelayMs, () => target.onRelayed(from, bytes));
  }

  #plan(initiator: Member, responder: Member, asked: Asked): void {
    const reported = reportedBy(initiator, responder);
    const flight = this.#flights.get(keyOf(initiator, responder));
    if (flight?.reported === reported && this.#time.now < flight.endsAt)
      return this.#tell(initiator, () => initiator.onPlanned(responder.id, flight.attemptId));
    const pair = [initiator.id, responder.id] as const;
    if (this.#turns.waitingFor(pair)?.reported === reported && this.#turns.of(pair, this.#time.now) === "busy") {
      this.#wait({ initiator, responder, asked, reported });
      return this.#tell(initiator, () => initiator.onRefused(responder.id, "awaiting-turn"));
    }
    this.#launch(initiator, responder, { asked, reported });
  }

  #wait(waiting: Waiting): void {
    this.#turns.wait([waiting.initiator.id, waiting.responder.id], waiting, this.#time.now);
    if (this.#isWatchingTurns) return;
    this.#isWatchingTurns = true;
    this.#time.after(TURNS_MS, () => this.#watchTurns());
  }

  #watchTurns(): void {
    for (let next = this.#turns.next(this.#time.now); next !== undefined; next = this.#turns.next(this.#time.now)) {
      const { initiator, responder, asked } = next;
      this.#launch(initiator, responder, { asked, reported: reportedBy(initiator, responder) });
    }
    this.#isWatchingTurns = this.#turns.isAnybodyWaiting;
    if (this.#isWatchingTurns) this.#time.after(TURNS_MS, () => this.#watchTurns());
  }

  #heldOf(pair: readonly [DeviceId, DeviceId]): Held | undefined {
    const turn = this.#turns.of(pair, this.#time.now);
    return turn === "free" ? undefined : turn;
  }

  /** A plan that lacks what the profiles by now promise is replaced while it runs. */
  #planAnew(id: DeviceId): void {
    for (const { initiator, responder, asked, strategy, endsAt } of this.#flights.values()) {
      if ((initiator.id !== id && responder.id !== id) || this.#time.now >= endsAt) continue;
      const kinds = new Set(strategy.stages.map(({ kind }) => kind));
      const held = this.#heldOf([initiator.id, responder.id]);
      if (strategyFor(initiator, responder, { ...asked, held }).stages.every(({ kind }) => kinds.has(kind))) continue;
      this.#launch(initiator, responder, { asked, reported: reportedBy(initiator, responder) });
    }
  }

  #launch(
    initiator: Member,
    responder: Member,
    { asked, reported }: { readonly asked: Asked; readonly reported: string },
  ): void {
    const { trigger } = asked;
    const attemptId = `att_${(++this.#attempts).toString(16).padStart(32, "0")}` as const;
    const startsAt = this.#time.now + Math.max(initiator.serverDelayMs, responder.serverDelayMs) + START_MARGIN_MS;
    const startAt = SERVER_EPOCH_MS + startsAt;
    const pair = [initiator.id, responder.id] as const;
    this.#turns.cutShort(pair, this.#time.now);
    const strategy = strategyFor(initiator, responder, { ...asked, held: this.#heldOf(pair) });
    this.strategies.push(strategy);
    const endsAt = startsAt + Math.max(...strategy.stages.map(({ endMs }) => endMs));
    if (strategy.stages.some(({ kind }) => kind === "birthday")) this.#turns.begin(pair, endsAt);
    if (strategy.held !== undefined) this.#wait({ initiator, responder, asked, reported });
    const flight = { attemptId, initiator, responder, asked, endsAt, reported, strategy };
    this.#flights.set(keyOf(initiator, responder), flight);
    this.#tell(initiator, () => initiator.onPlanned(responder.id, attemptId));
    for (const [member, peer, role] of [
      [initiator, responder, "initiator"],
      [responder, initiator, "responder"],
    ] as const) {
      const { candidates, natProfile, probeEpoch } = peer.report();
      const plan: PunchPlan = {
        attemptId,
        peerId: peer.id,
        trigger,
        role,
        startAt,
        strategy,
        peerCandidates: [...candidates],
        peerNatProfile: natProfile,
        peerProbeEpoch: toBase64Url(probeEpoch),
        peerProvenAddresses: (this.provesAddresses ? (natProfile?.publicEndpoints ?? []) : []).map(addressOf),
      };
      this.#tell(member, () => member.onPlan(plan));
    }
  }

  #tell(member: Member, act: () => void): void {
    if (this.isUp) this.#time.after(member.serverDelayMs, act);
  }
}

function strategyFor(
  initiator: Member,
  responder: Member,
  { failures, held }: Pick<Asked, "failures"> & { readonly held: Held | undefined },
): Strategy {
  return planStrategy(initiator.report().natProfile, responder.report().natProfile, { failures, held });
}

function keyOf(one: Member, other: Member): string {
  return [one.id, other.id].toSorted().join();
}

function reportedBy(...members: readonly Member[]): string {
  const byId = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return JSON.stringify(byId.map((member) => member.report().candidates));
}

function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(":"));
}
