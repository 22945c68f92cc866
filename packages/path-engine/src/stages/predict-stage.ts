/**
 * For a side whose NAT shows the peer a port that no candidate names. It shoots at the peer from fresh sockets, finds out
 * which public endpoint each shot has, and tells them; the peer sends there, and the shots are repeated until one of its
 * packets is let in.
 *
 * Where the NAT counts, what a shot left from is read off in brackets; where it keeps one endpoint a socket, the socket
 * itself is asked for it, which makes this the attempt from a fresh local port.
 *
 * Each endpoint of the peer that is learnt on the way, by a note or by its packets, is shot at anew: a NAT that maps by
 * endpoint has another port for it. Two of those never end this way, and get the stage `cover`.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { StageOf } from "@pinhole/protocol/punch";
import type { SocketId } from "../contract.ts";
import { type BracketShot, shootInBrackets } from "./bracket.ts";
import { ShotList } from "./shot-list.ts";
import type { StageContext, StageRun } from "./stage-run.ts";

/** After the first shot: until the peer knows of it and its own way is open, and against loss. */
const REPEAT_MS = [60, 120, 180, 250, 330, 420, 550, 700, 900, 1_200, 1_600, 2_100, 2_600];
const TO_NOTED_MS = [0, 30, 80, 150, 250, 400, 600, 900, 1_400, 2_000];

/** The first targets, and three times what was learnt from them. */
const MAX_ROUNDS = 4;
/** Of the peer's endpoints: one is enough where it has one public address. */
const MAX_TARGETS = 4;
const MAX_NOTED = 48;

export class PredictStage implements StageRun {
  readonly #stage: StageOf<"predict">;
  readonly #context: StageContext;
  readonly #isShooter: boolean;
  readonly #shots = new ShotList();
  readonly #fresh: SocketId[] = [];
  readonly #shotAt: Endpoint[] = [];
  readonly #noted: Endpoint[] = [];
  #isStarted = false;
  #rounds = 0;

  constructor(stage: StageOf<"predict">, context: StageContext) {
    this.#stage = stage;
    this.#context = context;
    this.#isShooter = stage.shooter === "both" || stage.shooter === context.role;
  }

  add(): void {
    // Candidates are the simultaneous stage's.
  }

  onHeard(from: Endpoint, now: number): void {
    if (this.#isShooter && this.#isStarted) this.#shootAt([from], now);
  }

  onNote(topic: NoteTopic, entries: readonly NoteEntry[], now: number): void {
    if (topic !== "endpoints") return;
    const told = entries.map(({ endpoint }) => endpoint);
    const unknown = told
      .filter((endpoint) => !includes(this.#noted, endpoint))
      .slice(0, MAX_NOTED - this.#noted.length);
    if (unknown.length === 0) return;
    this.#noted.push(...unknown);
    const main = this.#context.hands.mainSocket();
    const sockets = [...(main === undefined ? [] : [main.id]), ...this.#fresh];
    for (const to of unknown) {
      for (const socket of sockets) this.#repeat({ socket, to }, TO_NOTED_MS, now);
    }
    if (this.#isShooter) this.#shootAt(unknown, now);
  }

  run(now: number): void {
    if (!this.#isStarted && now >= this.#context.startAt) {
      this.#isStarted = true;
      if (this.#isShooter) this.#shootAt(this.#context.hands.targets(), now);
    }
    for (let shot = this.#shots.take(now); shot !== undefined; shot = this.#shots.take(now)) {
      this.#context.hands.probe(shot);
    }
  }

  nextDeadline(): number {
    return this.#isStarted ? this.#shots.nextDeadline() : this.#context.startAt;
  }

  #shootAt(endpoints: readonly Endpoint[], now: number): void {
    const targets = endpoints.filter((endpoint) => !includes(this.#shotAt, endpoint)).slice(0, MAX_TARGETS);
    if (targets.length === 0 || this.#rounds >= MAX_ROUNDS) return;
    this.#rounds++;
    this.#shotAt.push(...targets);
    const { allocation } = this.#context.hands.ownNat() ?? {};
    if (allocation?.kind === "sequential") this.#shootInBrackets(targets, allocation.step, now);
    else this.#shootAndAsk(targets, now);
  }

  #shootInBrackets(targets: readonly Endpoint[], step: number, now: number): void {
    const { hands } = this.#context;
    const shots: BracketShot[] = [];
    for (let at = 0; at < this.#stage.shots; at++) {
      const [socket, to] = [this.#openSocket(), targets[at % targets.length]];
      if (socket === undefined || to === undefined) break;
      shots.push({ socket, to });
      this.#repeat({ socket, to }, REPEAT_MS, now);
    }
    shootInBrackets({
      hands,
      step,
      shots,
      done: (observed, at) =>
        this.#tell(
          observed.flatMap(({ from }) => from),
          at,
        ),
    });
  }

  /** For a NAT that shows a socket's one endpoint to everybody. */
  #shootAndAsk(targets: readonly Endpoint[], now: number): void {
    const socket = this.#openSocket();
    if (socket === undefined) return;
    for (const to of targets) this.#repeat({ socket, to }, [0, ...REPEAT_MS], now);
    this.#context.hands.observe(socket, (mapped, at) => this.#tell(mapped === undefined ? [] : [mapped], at));
  }

  #tell(endpoints: readonly Endpoint[], now: number): void {
    const { hands } = this.#context;
    for (const endpoint of endpoints) hands.record("port-observed", now, { endpoint });
    if (endpoints.length > 0)
      hands.tell(
        "endpoints",
        endpoints.map((endpoint) => ({ endpoint, port: 0 })),
      );
  }

  #openSocket(): SocketId | undefined {
    const socket = this.#context.hands.openSocket();
    if (socket !== undefined) this.#fresh.push(socket);
    return socket;
  }

  #repeat(shot: BracketShot, afterMs: readonly number[], now: number): void {
    const { endAt } = this.#context;
    this.#shots.add(afterMs.map((ms) => ({ at: now + ms, shot })).filter(({ at }) => at < endAt));
  }
}

function includes(endpoints: readonly Endpoint[], endpoint: Endpoint): boolean {
  return endpoints.some((known) => endpointsEqual(known, endpoint));
}
