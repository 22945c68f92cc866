/**
 * For two NATs that count and have another port for each endpoint of a peer: a packet of one side meets an opening of the
 * other only if both its source and its target are the very ports that the other used.
 *
 *     other   asks from a fresh socket: "my counter is at 5000"                          note: counter
 *     opener  sends to 5012, 5024, … each in brackets: "5012 is let in at my 7031"       note: openings
 *     other   sends to 7031 from so many fresh sockets that its counter passes 5012
 *
 * The socket that shows 5012 is let in. A foreign flow may take that one port, hence several openings; the distance between
 * them leaves room for flows that come while the notes travel.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { StageOf } from "@pinhole/protocol/punch";
import { shootInBrackets } from "./bracket.ts";
import { ShotList } from "./shot-list.ts";
import type { StageContext, StageRun } from "./stage-run.ts";

/** Ports that the other side's counter passes before the first opening, beyond its foreign flows. */
const LEAD = 10;
/** Ports that the counter moves on for each socket of ours, with the flows of others: a guess between none and one in four. */
const PORTS_PER_SOCKET = 1.15;
/** For notes and questions: how long the counter runs on before the sockets are opened. */
const DELAY_S = 0.4;
/** Everything anew while the stage lasts. */
const ROUND_MS = 1_000;
const REPEAT_MS = [80, 200, 400, 800];

const FIRST_PORT = 1_024;
const LAST_PORT = 65_535;

export class CoverStage implements StageRun {
  readonly #stage: StageOf<"cover">;
  readonly #context: StageContext;
  readonly #isOpener: boolean;
  readonly #shots = new ShotList();
  #roundAt: number;
  /** The port that our NAT gave out when we last asked. */
  #counter: number | undefined;

  constructor(stage: StageOf<"cover">, context: StageContext) {
    this.#stage = stage;
    this.#context = context;
    this.#isOpener = stage.opener === context.role;
    this.#roundAt = context.startAt;
  }

  add(): void {
    // Candidates are the simultaneous stage's.
  }

  onHeard(): void {
    // The engine answers, and that is all there is to do.
  }

  onNote(topic: NoteTopic, entries: readonly NoteEntry[], now: number): void {
    if (topic === "counter" && this.#isOpener && entries[0] !== undefined) this.#open(entries[0], now);
    if (topic === "openings" && !this.#isOpener) this.#cover(entries, now);
  }

  run(now: number): void {
    if (now >= this.#roundAt) {
      this.#roundAt += ROUND_MS;
      if (!this.#isOpener) this.#tellCounter();
    }
    for (let shot = this.#shots.take(now); shot !== undefined; shot = this.#shots.take(now)) {
      this.#context.hands.probe(shot);
    }
  }

  nextDeadline(): number {
    const nextRound = this.#roundAt + ROUND_MS < this.#context.endAt ? this.#roundAt : Number.POSITIVE_INFINITY;
    return Math.min(nextRound, this.#shots.nextDeadline());
  }

  #tellCounter(): void {
    const { hands } = this.#context;
    const { allocation, arrivalsPerSecond = 0 } = hands.ownNat() ?? {};
    const socket = hands.openSocket();
    if (socket === undefined || allocation?.kind !== "sequential") return;
    const { step } = allocation;
    hands.observe(socket, (mapped) => {
      if (mapped === undefined) return;
      this.#counter = mapped.port;
      const lead = LEAD + Math.ceil(DELAY_S * arrivalsPerSecond);
      const first = { ...mapped, port: mapped.port + step * lead };
      hands.tell("counter", [{ endpoint: first, port: step & 0xffff }]);
    });
  }

  /** `endpoint` is the first that the other side can come to. */
  #open({ endpoint, port }: NoteEntry, now: number): void {
    const { hands } = this.#context;
    const { allocation } = hands.ownNat() ?? {};
    const socket = hands.openSocket();
    if (socket === undefined || allocation?.kind !== "sequential") return;
    const step = (port << 16) >> 16;
    const wanted = Array.from({ length: this.#stage.openings }, (_, at) => ({
      ...endpoint,
      port: endpoint.port + step * at * this.#stage.socketsPerOpening,
    })).filter((to) => to.port >= FIRST_PORT && to.port <= LAST_PORT);
    const shots = wanted.map((to) => ({ socket, to }));
    this.#repeat(shots, now);
    shootInBrackets({
      hands,
      step: allocation.step,
      shots,
      done: (observed, at) => {
        const sure = observed.flatMap(({ to, from }) => (from.length === 1 && from[0] ? [{ to, from: from[0] }] : []));
        for (const { from } of sure) hands.record("port-observed", at, { endpoint: from });
        if (sure.length > 0)
          hands.tell(
            "openings",
            sure.map(({ to, from }) => ({ endpoint: from, port: to.port })),
          );
      },
    });
  }

  #cover(openings: readonly NoteEntry[], now: number): void {
    const { hands } = this.#context;
    const { allocation } = hands.ownNat() ?? {};
    const [from, last] = [this.#counter, openings.at(-1)];
    if (from === undefined || last === undefined || allocation?.kind !== "sequential") return;
    const { step } = allocation;
    const count = Math.ceil(Math.abs(last.port - from) / Math.abs(step)) + this.#stage.socketsPerOpening;
    const limit = (this.#stage.openings + 2) * this.#stage.socketsPerOpening;
    for (let at = 0; at < Math.min(count, limit); at++) {
      const socket = hands.openSocket();
      if (socket === undefined) return;
      const to = nearest(openings, from + step * at * PORTS_PER_SOCKET);
      hands.probe({ socket, to });
      this.#repeat([{ socket, to }], now);
    }
  }

  #repeat(shots: readonly { readonly socket: number; readonly to: Endpoint }[], now: number): void {
    this.#shots.add(shots.flatMap((shot) => REPEAT_MS.map((ms) => ({ at: now + ms, shot }))));
  }
}

function nearest(openings: readonly NoteEntry[], port: number): Endpoint {
  const [first, ...others] = openings;
  if (first === undefined) throw new RangeError("no openings");
  return others.reduce((best, one) => (Math.abs(one.port - port) < Math.abs(best.port - port) ? one : best), first)
    .endpoint;
}
