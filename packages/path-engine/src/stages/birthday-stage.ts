/**
 * The opener sends to many ports of the peer's address from one socket, the other side sends from many sockets to the
 * opener. A pair of a port that was sent to and a socket that shows that port meets, whichever was first.
 *
 * A spray is a burden on two NATs: it is paced, goes only to an address that is proven to be the peer's, is the only one of
 * this host, and ends with the first answer, because the attempt does.
 *
 * Where the opener's NAT shows the peer a port that nobody knows, it finds that out first (in brackets) and tells it. Where
 * the peer learns it from a packet that came in, all its sockets send there at once: the opener's NAT lets those in that come
 * from ports which were sent to.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { StageOf } from "@pinhole/protocol/punch";
import type { SocketId } from "../contract.ts";
import { shootInBrackets } from "./bracket.ts";
import { drawPorts } from "./draw-ports.ts";
import { SHORT_TTL } from "./short-ttl.ts";
import { ShotList } from "./shot-list.ts";
import type { Shot, StageContext, StageRun } from "./stage-run.ts";

/** New entries in our NAT: a first handful at once, then as many a second as cheap routers bear. */
const BURST = 48;
const PER_SECOND = 190;

/** A socket's packet may be lost, or be the first that a short-lived hole could let in. */
const REPEAT_MS = 2_000;

/** When there was no budget, or another spray was not over yet. */
const POSTPONE_MS = 20;

/**
 * Of the side that sends from many sockets. Before most of the holes are there: where the opener's own port is not known,
 * its packets have to find the sockets, and what was sent to a port before its socket was open is in vain.
 */
const SOCKETS_PER_SECOND = 150;

const MAX_TARGETS = 4;

/** Of the own port: flows of others come between now and then, and many of them while this device is at other peers. */
const OBSERVATIONS = 4;

export class BirthdayStage implements StageRun {
  readonly #stage: StageOf<"birthday">;
  readonly #context: StageContext;
  readonly #isOpener: boolean;
  readonly #shots = new ShotList();
  readonly #sockets: SocketId[] = [];
  /** By which the opener's packets are known to leave; until there are any, where servers saw it. */
  readonly #learnt: Endpoint[] = [];
  /** When each of the other side's sockets is opened. */
  #openAt: number[] = [];
  #isStarted = false;
  #isDenied = false;

  constructor(stage: StageOf<"birthday">, context: StageContext) {
    this.#stage = stage;
    this.#context = context;
    this.#isOpener = stage.opener === context.role;
  }

  add(): void {
    // Candidates are the simultaneous stage's.
  }

  onHeard(from: Endpoint, now: number): void {
    if (!this.#isOpener && this.#isStarted) this.#target(from, now);
  }

  onNote(topic: NoteTopic, entries: readonly NoteEntry[], now: number): void {
    if (topic !== "endpoints" || this.#isOpener) return;
    for (const { endpoint } of entries) this.#target(endpoint, now);
  }

  run(now: number): void {
    if (!this.#isStarted && now >= this.#context.startAt) {
      this.#isStarted = true;
      if (this.#isOpener) this.#beginOpening(now);
      else this.#beginSending(now);
    }
    while ((this.#openAt[0] ?? Number.POSITIVE_INFINITY) <= now) {
      this.#openAt.shift();
      this.#openSocket(now);
    }
    for (let shot = this.#shots.take(now); shot !== undefined; shot = this.#shots.take(now)) {
      if (!this.#spray(shot, now)) return;
    }
  }

  nextDeadline(): number {
    if (!this.#isStarted) return this.#context.startAt;
    return Math.min(this.#openAt[0] ?? Number.POSITIVE_INFINITY, this.#shots.nextDeadline());
  }

  #beginOpening(now: number): void {
    const main = this.#context.hands.mainSocket();
    if (this.#stage.observesItself) this.#observeAndOpen(OBSERVATIONS);
    else if (main !== undefined) this.#open(main.id, now);
  }

  /** Not before the port is known: what is opened for another would be a burden on the NAT for nothing. */
  #observeAndOpen(tries: number): void {
    const { hands } = this.#context;
    const { allocation } = hands.ownNat() ?? {};
    const [to] = hands.targets();
    const socket = hands.openSocket();
    if (socket === undefined || to === undefined || allocation?.kind !== "sequential") return;
    shootInBrackets({
      hands,
      step: allocation.step,
      shots: [{ socket, to }],
      done: ([observed], at) => {
        const from = observed?.from ?? [];
        if (from.length === 0 && tries > 1) return this.#observeAndOpen(tries - 1);
        for (const endpoint of from) hands.record("port-observed", at, { endpoint });
        if (from.length > 0)
          hands.tell(
            "endpoints",
            from.map((endpoint) => ({ endpoint, port: 0 })),
          );
        this.#open(socket, at);
      },
    });
  }

  #open(socket: SocketId, now: number): void {
    const { hands, random } = this.#context;
    const addresses = [...new Set(hands.targets().map(({ address }) => address))];
    if (addresses.length === 0) return;
    const ttl = this.#stage.isShortLived ? SHORT_TTL : undefined;
    const ports = drawPorts(this.#stage.ranges, this.#stage.holes, random);
    this.#shots.add(
      ports.map((port, at) => ({
        at: now + Math.max(0, ((at - BURST) * 1_000) / PER_SECOND),
        shot: { socket, to: { address: addresses[at % addresses.length] ?? "", port }, ttl },
      })),
    );
  }

  #beginSending(now: number): void {
    const stepMs = 1_000 / SOCKETS_PER_SECOND;
    this.#openAt = Array.from({ length: this.#stage.sockets }, (_, at) => now + Math.max(0, at - BURST) * stepMs);
  }

  #openSocket(now: number): void {
    if (this.#isDenied) return;
    const socket = this.#context.hands.openSocket();
    if (socket === undefined) return;
    this.#sockets.push(socket);
    for (const to of this.#targets()) this.#send(socket, to, now);
  }

  #targets(): readonly Endpoint[] {
    return this.#learnt.length > 0 ? this.#learnt : this.#context.hands.targets().slice(0, MAX_TARGETS);
  }

  #send(socket: SocketId, to: Endpoint, now: number): void {
    const shots = [now, now + REPEAT_MS].filter((at) => at < this.#context.endAt);
    this.#shots.add(shots.map((at) => ({ at, shot: { socket, to } })));
  }

  #target(endpoint: Endpoint, now: number): void {
    if (this.#learnt.some((known) => endpointsEqual(known, endpoint)) || this.#learnt.length >= MAX_TARGETS) return;
    // What was guessed at before is not worth its packets any more.
    if (this.#learnt.length === 0) this.#shots.clear();
    this.#learnt.push(endpoint);
    for (const socket of this.#sockets) this.#send(socket, endpoint, now);
  }

  /** False when nothing more goes out for the moment. */
  #spray(shot: Shot, now: number): boolean {
    const outcome = this.#context.hands.spray(shot);
    if (outcome === "sent") return true;
    this.#isDenied = outcome === "denied";
    if (this.#isDenied) {
      this.#shots.clear();
      this.#openAt = [];
    } else {
      this.#shots.putBack(shot, now + POSTPONE_MS);
    }
    return false;
  }
}
