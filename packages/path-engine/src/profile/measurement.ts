/**
 * One measurement of a NAT: what to ask, from which sockets, in which order. Two rounds of questions where everything
 * answers, a third for what was lost, and {@link MAX_PACKETS} at most.
 *
 *     round 1   main socket      S1:p1, and the other server endpoints as far as they are known
 *               2 fresh sockets  S1:p1 for answers from elsewhere, and then for its own: filtering
 *               5 fresh sockets  S1:p1, one after the other: allocation
 *     round 2   3 fresh sockets  the same some 100 ms later; the first one tries the filter once more
 *               main socket      what was not known or not answered: mapping
 *               1 used socket    the address that its filter held back: poisoning
 *               2 used sockets   each other's public endpoint: hairpin
 *
 * The main socket asks, because the binding that peers will meet is the one that is measured. A socket that tests the filter
 * sends to no other server address, or the filter would be open. Whatever makes mappings of its own waits until
 * the fresh sockets of its round have theirs, or the counter of a sequential NAT would move unseen.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import { Agenda } from "./agenda.ts";
import { isPreserving } from "./classify-allocation.ts";
import type { Findings } from "./findings.ts";
import { FreshSockets } from "./fresh-sockets.ts";
import { HairpinTest } from "./hairpin-test.ts";
import { MainQuestions } from "./main-questions.ts";
import { PoisonTest } from "./poison-test.ts";
import { Questions } from "./questions.ts";

/** Between two fresh sockets: two packets do not overtake each other, and few foreign flows come in between. */
const PACE_MS = 5;

const FILTER_SOCKETS = 2;
const ORDER_SOCKETS = 5;
/** With these and the main socket, eleven ports of a NAT that draws them: enough to be sure of its block. */
const LATER_SOCKETS = 3;

/** Long enough to tell flows a second, short beside a round trip and what people notice. */
const SECOND_ROUND_MS = 100;

/** After which silence the main socket asks again, while nothing has answered at all. */
const SILENT_RETRIES_MS = [200, 400, 800] as const;
const GIVE_UP_MS = 1_600;

export type MeasurementInput = {
  /** At least one, all of the main socket's family. */
  readonly servers: readonly [Endpoint, ...Endpoint[]];
  /** The first server's, where an earlier measurement learnt it. */
  readonly otherAddress: Endpoint | undefined;
  readonly mainSocket: SocketId;
  readonly isOwn: (mapped: Endpoint) => boolean;
  readonly randomBytes: (length: number) => Uint8Array;
};

export type MeasurementEffects = {
  openSocket(): SocketId | undefined;
  closeSocket(socket: SocketId): void;
  send(socket: SocketId, to: Endpoint, bytes: Uint8Array): void;
  /** The main socket's endpoint as a server saw it, and the server's proof of that where it gave one. */
  onMapped(mapped: Endpoint, proof: Uint8Array | undefined): void;
  onDone(findings: Findings): void;
};

export class Measurement {
  readonly #input: MeasurementInput;
  readonly #effects: MeasurementEffects;
  readonly #startedAt: number;
  readonly #agenda = new Agenda();
  readonly #questions: Questions;
  readonly #main: MainQuestions;
  readonly #fresh: FreshSockets;
  readonly #hairpin: HairpinTest;
  readonly #poison: PoisonTest;
  #round = 1;
  #silentRetries = 0;
  #isOver = false;

  constructor(input: MeasurementInput, effects: MeasurementEffects, now: number) {
    this.#input = input;
    this.#effects = effects;
    this.#startedAt = now;
    this.#questions = new Questions({
      first: input.servers[0],
      randomBytes: input.randomBytes,
      send: (socket, to, bytes) => effects.send(socket, to, bytes),
    });
    this.#main = new MainQuestions(this.#questions, input);
    this.#fresh = new FreshSockets(this.#questions, effects);
    this.#hairpin = new HairpinTest(this.#questions);
    this.#poison = new PoisonTest(this.#questions);
  }

  get packetsSent(): number {
    return this.#questions.sent;
  }

  begin(): void {
    this.#main.askMissing(this.#startedAt);
    for (let index = 0; index < FILTER_SOCKETS + ORDER_SOCKETS; index++) {
      const isFilterTest = index < FILTER_SOCKETS;
      this.#agenda.add(this.#startedAt + index * PACE_MS, (now) => {
        this.#fresh.open(this.#input.servers[0], now, { changeBoth: isFilterTest, changePort: isFilterTest });
      });
    }
    this.tick(this.#startedAt);
  }

  onSocketOpened(socket: SocketId, port: number): void {
    this.#fresh.onOpened(socket, port);
  }

  /** For datagrams of STUN only; whether it was one of this measurement's. */
  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array, now: number): boolean {
    if (this.#isOver) return false;
    const question = this.#questions.onDatagram(socket, from, bytes, now);
    if (question === undefined && !this.#hairpin.onDatagram(bytes)) return false;
    if (socket === this.#input.mainSocket && question?.answer !== undefined)
      this.#effects.onMapped(question.answer.mapped, question.answer.proof);
    this.tick(now);
    return true;
  }

  tick(now: number): void {
    if (this.#isOver) return;
    this.#agenda.runDue(now);
    if (!this.#agenda.isEmpty) return;
    if (this.#questions.rttMs === undefined) this.#retrySilent(now);
    else if (now >= this.#roundEnd()) this.#nextRound(now);
  }

  nextDeadline(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    if (!this.#agenda.isEmpty) return this.#agenda.nextDeadline();
    if (this.#questions.rttMs !== undefined) return this.#roundEnd();
    return this.#startedAt + (SILENT_RETRIES_MS[this.#silentRetries] ?? GIVE_UP_MS);
  }

  /** Without a result. */
  abort(): void {
    this.#isOver = true;
    this.#fresh.closeAll();
  }

  #retrySilent(now: number): void {
    const elapsed = now - this.#startedAt;
    if (elapsed >= GIVE_UP_MS) return this.#finish();
    // After a pause (a laptop's lid), one copy goes out, not every one that was missed.
    const due = SILENT_RETRIES_MS.filter((at) => at <= elapsed).length;
    if (due <= this.#silentRetries) return;
    this.#silentRetries = due;
    this.#main.repeatFirst(now);
  }

  #roundEnd(): number {
    const earliest = this.#round === 1 ? this.#startedAt + SECOND_ROUND_MS : Number.NEGATIVE_INFINITY;
    return Math.max(
      earliest,
      this.#main.awaitedUntil(),
      // Answers that a filter may hold back are not waited for until the last of them are asked for.
      this.#fresh.awaitedUntil({ changed: this.#round > 1 }),
      this.#hairpin.awaitedUntil(),
      this.#poison.awaitedUntil(),
    );
  }

  #nextRound(now: number): void {
    this.#round++;
    if (this.#round === 2) this.#beginSecond(now);
    else if (this.#round === 3 && this.#main.isMissing && !this.#questions.isSpent) this.#main.askMissing(now);
    else this.#finish();
    this.tick(now);
  }

  #beginSecond(now: number): void {
    const { observations } = this.#main;
    const isTranslated = !observations.every(({ mapped }) => this.#input.isOwn(mapped));
    const filter = this.#fresh.openFilterTests();
    const isDecided = !isTranslated || isPreserving(this.#fresh.samples());
    const sockets = isDecided ? (filter.changeBoth || filter.changePort ? 1 : 0) : LATER_SOCKETS;
    const server = this.#main.answering ?? this.#input.servers[0];
    for (let index = 0; index < sockets; index++) {
      this.#agenda.add(now + index * PACE_MS, (at) => this.#fresh.open(server, at, index === 0 ? filter : {}));
    }
    this.#agenda.add(now + sockets * PACE_MS, (at) => {
      this.#main.askMissing(at);
      if (isTranslated) this.#beginPoison(at);
      if (isTranslated) this.#hairpin.begin(this.#fresh.withEndpoint(), at);
    });
    // What was lost may be lost again, and needs what is left of the budget.
    if (!isTranslated || this.#main.hasSilent) return;
    this.#agenda.add(now + sockets * PACE_MS + HairpinTest.REPEAT_AFTER_MS, (at) => this.#hairpin.repeat(at));
  }

  #beginPoison(now: number): void {
    const { otherAddress = this.#input.otherAddress } = this.#questions;
    const held = this.#fresh.heldBack();
    if (held !== undefined && otherAddress !== undefined) this.#poison.begin(held, otherAddress, now);
  }

  #finish(): void {
    this.#isOver = true;
    const findings: Findings = {
      observations: this.#main.observations,
      answers: this.#main.answers,
      samples: this.#fresh.samples(),
      filterTries: this.#fresh.filterTries(),
      heard: this.#main.heard,
      hairpin: this.#hairpin.verdict,
      isPoisoning: this.#poison.verdict,
      otherAddress: this.#questions.otherAddress ?? this.#input.otherAddress,
    };
    this.#fresh.closeAll();
    this.#effects.onDone(findings);
  }
}
