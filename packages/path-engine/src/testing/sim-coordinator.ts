/**
 * The dashboard's part in a simulation: knows what agents report, tells them of each other,
 * and answers a request with the real strategy and a common start. Its packets are never
 * lost; they take each agent's one-way delay.
 */
import type { VirtualTime } from "@pinhole/natsim";
import { type DeviceId, toBase64Url } from "@pinhole/protocol";
import type { AttemptTrace, Candidate, NatProfile, PunchPlan, Trigger } from "@pinhole/protocol/control";
import { planStrategy, type Strategy } from "@pinhole/protocol/punch";
import type { PeerInfo, RefusalCode } from "../contract.ts";

/** Added to the larger of the two one-way delays, as the server does. */
const START_MARGIN_MS = 10;

/** What the server's clock shows at virtual time zero. */
export const SERVER_EPOCH_MS = 1_800_000_000_000;

export type Member = {
  readonly id: DeviceId;
  readonly nodeKey: Uint8Array;
  readonly serverDelayMs: number;
  readonly report: () => { candidates: readonly Candidate[]; natProfile: NatProfile | null; probeEpoch: Uint8Array };
  readonly onPeer: (info: PeerInfo) => void;
  readonly onPlan: (plan: PunchPlan) => void;
  readonly onRefused: (peerId: DeviceId, code: RefusalCode) => void;
  readonly onRelayed: (from: DeviceId, bytes: Uint8Array) => void;
};

export type PunchRequest = { readonly peerId: DeviceId; readonly trigger: Trigger; readonly failures: number };

export class SimCoordinator {
  /** Down: every request is refused as the agent itself would refuse it, and nothing is relayed. */
  isUp = true;
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
  /** Until when each pair's plan is under way: a pair has one at a time, and both sides ask. */
  readonly #underWay = new Map<string, number>();
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
    const info = { id, nodeKey: member.nodeKey, online: !this.#offline.has(id), ...member.report() };
    for (const other of this.#members.values()) {
      if (other.id !== id) this.#tell(other, () => other.onPeer(info));
    }
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

  relay(from: DeviceId, to: DeviceId, bytes: Uint8Array): void {
    const source = this.#members.get(from);
    const target = this.#members.get(to);
    if (source === undefined || target === undefined || !this.isUp || this.#offline.has(to)) return;
    this.#time.after(source.serverDelayMs + target.serverDelayMs, () => target.onRelayed(from, bytes));
  }

  #plan(initiator: Member, responder: Member, { trigger, failures }: Omit<PunchRequest, "peerId">): void {
    const pair = [initiator.id, responder.id].toSorted().join();
    if (this.#time.now < (this.#underWay.get(pair) ?? 0)) return;
    const attemptId = `att_${(++this.#attempts).toString(16).padStart(32, "0")}` as const;
    const startAt =
      SERVER_EPOCH_MS + this.#time.now + Math.max(initiator.serverDelayMs, responder.serverDelayMs) + START_MARGIN_MS;
    const strategy = planStrategy(initiator.report().natProfile, responder.report().natProfile, { failures });
    this.strategies.push(strategy);
    this.#underWay.set(pair, startAt - SERVER_EPOCH_MS);
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

function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(":"));
}
