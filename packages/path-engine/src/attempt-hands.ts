/** What the stages of one attempt may do: the rules that hold for all of them are kept here. */
import { addressFamily, type Endpoint, parseEndpoint } from "@pinhole/protocol";
import type { PunchPlan, TraceEvent } from "@pinhole/protocol/control";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { LocalSocket, SocketId } from "./contract.ts";
import { isPrivate } from "./may-probe.ts";
import type { Pair } from "./pair.ts";
import type { PairTable } from "./pair-table.ts";
import type { Peer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";
import type { Shot, StageHands } from "./stages/stage-run.ts";
import type { TraceDetail } from "./trace-recorder.ts";

export type AttemptHandsOptions = {
  readonly plan: PunchPlan;
  readonly peer: Peer;
  readonly host: PeerHost;
  readonly pairs: PairTable;
  readonly record: (kind: TraceEvent["kind"], now: number, detail?: TraceDetail) => void;
};

export class AttemptHands implements StageHands {
  readonly #options: AttemptHandsOptions;
  readonly record: StageHands["record"];
  #isSpraying = false;
  /** By another spray of this host. */
  #isKeptWaiting = false;

  constructor(options: AttemptHandsOptions) {
    this.#options = options;
    this.record = options.record;
  }

  ping(pair: Pair, ttl?: number): boolean {
    const { pairs, host, peer } = this.#options;
    // Its socket may have been closed, or its candidate withdrawn, since it was scheduled.
    if (!pairs.has(pair) || !host.ping(peer, pair, "seek", ttl)) return false;
    this.record("probe-sent", host.now(), { endpoint: pair.endpoint, candidate: pair.kind });
    return true;
  }

  probe(shot: Shot): boolean {
    const { host, peer } = this.#options;
    if (!host.probe(peer, shot, "seek")) return false;
    this.record("probe-sent", host.now(), { endpoint: shot.to, candidate: "peer-reflexive" });
    return true;
  }

  spray(shot: Shot): "sent" | "later" | "denied" {
    const { host, peer, plan } = this.#options;
    if (!this.#mayBeSprayed(shot.to)) return this.#deny("not proven");
    const gate = host.sprays.enter(plan.attemptId, peer.id, host.now());
    if (gate === "resting") return this.#deny("the last one was in vain");
    this.#isKeptWaiting = gate === "busy";
    if (gate === "busy") return "later";
    this.#isSpraying = true;
    if (!host.probe(peer, shot, "spray")) return "later";
    this.record("spray-sent", host.now());
    return "sent";
  }

  openSocket(): SocketId | undefined {
    const { host, peer } = this.#options;
    return host.openSocket(peer.id);
  }

  observe(socket: SocketId, done: (mapped: Endpoint | undefined, now: number) => void): void {
    const { host, peer } = this.#options;
    host.observe(peer, socket, done);
  }

  tell(topic: NoteTopic, entries: readonly NoteEntry[]): void {
    const { host, peer, plan } = this.#options;
    host.tell(peer.id, plan.attemptId, topic, entries);
    this.record("note-sent", host.now(), { note: `${topic}, ${entries.length}` });
  }

  mainSocket(): LocalSocket | undefined {
    return this.#options.host.surroundings().sockets.find(({ family }) => family === 4);
  }

  targets(): readonly Endpoint[] {
    const named = this.#options.plan.peerCandidates.flatMap(({ kind, endpoint: text }) => {
      const endpoint = parseEndpoint(text);
      if (!endpoint.ok || addressFamily(endpoint.value.address) !== 4) return [];
      return kind !== "host" || !isPrivate(endpoint.value.address) ? [endpoint.value] : [];
    });
    const { pairs } = this.#options;
    const main = this.mainSocket();
    // What may not be probed is in no pair.
    return named.filter((endpoint) => main !== undefined && pairs.get(main.id, endpoint) !== undefined);
  }

  ownNat(): ReturnType<StageHands["ownNat"]> {
    return this.#options.host.surroundings().natProfile;
  }

  /** The attempt is over. */
  close(hasWon: boolean): void {
    const { host, plan } = this.#options;
    if (this.#isKeptWaiting && !hasWon) this.#deny("another spray");
    if (this.#isSpraying) host.sprays.leave(plan.attemptId, hasWon, host.now());
  }

  #deny(why: string): "denied" {
    this.record("spray-denied", this.#options.host.now(), { note: why });
    return "denied";
  }

  /** The server has seen the peer there, or the peer has answered from there. */
  #mayBeSprayed({ address }: Endpoint): boolean {
    const { plan, pairs, host } = this.#options;
    if (plan.peerProvenAddresses?.includes(address)) return true;
    return pairs.all().some((pair) => pair.endpoint.address === address && pair.isVerified(host.now()));
  }
}
