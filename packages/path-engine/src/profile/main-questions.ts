/** What the main socket asks: the same of every server endpoint, until each has answered. */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import type { Observation } from "../stun/classify-nat.ts";
import type { Heard } from "./filter-tests.ts";
import type { ServerAnswer } from "./findings.ts";
import type { Question, Questions } from "./questions.ts";
import { serverTargets } from "./server-targets.ts";

type Options = {
  readonly servers: readonly [Endpoint, ...Endpoint[]];
  readonly otherAddress: Endpoint | undefined;
  readonly mainSocket: SocketId;
};

export class MainQuestions {
  readonly #questions: Questions;
  readonly #options: Options;
  readonly #asked: Question[] = [];

  constructor(questions: Questions, options: Options) {
    this.#questions = questions;
    this.#options = options;
  }

  get observations(): readonly Observation[] {
    return this.#asked.flatMap(({ server, answer }) =>
      answer === undefined ? [] : [{ server, mapped: answer.mapped }],
    );
  }

  get answers(): readonly ServerAnswer[] {
    return this.#targets().map((server) => {
      const answer = this.#answerOf(server);
      return { server, observed: answer?.mapped ?? null, rttMs: answer?.rttMs ?? null };
    });
  }

  /** The first server that did. */
  get answering(): Endpoint | undefined {
    return this.#targets().find((server) => this.#answerOf(server) !== undefined);
  }

  get heard(): Heard {
    const [first] = this.#options.servers;
    const sources = this.observations.map(({ server }) => server);
    return {
      otherAddress: sources.some(({ address }) => address !== first.address),
      otherPort: sources.some(({ address, port }) => address === first.address && port !== first.port),
    };
  }

  get isMissing(): boolean {
    return this.#missing().length > 0;
  }

  /** Whether one that was asked has not answered. */
  get hasSilent(): boolean {
    return this.#missing().some((server) => this.#asked.some((each) => endpointsEqual(each.server, server)));
  }

  askMissing(now: number): void {
    for (const server of this.#missing()) this.#ask(server, now);
  }

  /** Of one port of each address: whether anything answers at all. */
  repeatFirst(now: number): void {
    for (const [server] of Map.groupBy(this.#targets(), ({ address }) => address).values()) {
      if (server !== undefined) this.#ask(server, now);
    }
  }

  awaitedUntil(): number {
    return this.#questions.awaitedUntil(this.#asked);
  }

  #ask(server: Endpoint, now: number): void {
    const question = this.#questions.ask(this.#options.mainSocket, server, now);
    if (question !== undefined) this.#asked.push(question);
  }

  #targets(): readonly Endpoint[] {
    return serverTargets(this.#options.servers, this.#questions.otherAddress ?? this.#options.otherAddress);
  }

  #missing(): readonly Endpoint[] {
    return this.#targets().filter((server) => this.#answerOf(server) === undefined);
  }

  #answerOf(server: Endpoint): Question["answer"] {
    return this.#asked.find((each) => each.answer !== undefined && endpointsEqual(each.server, server))?.answer;
  }
}
