/** Who answers the command line, from the claim of the socket to the end: while the agent starts, that it does. */
import type { LocalAnswers } from "./local-answers.ts";
import type { LocalAnswer, LocalRequest } from "./local-messages.ts";

export class LocalDesk {
  readonly #stop: () => void;
  readonly #ended = Promise.withResolvers<void>();
  #answers: () => LocalAnswers | undefined = () => undefined;
  #isEnding = false;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  open(answers: () => LocalAnswers | undefined): void {
    this.#answers = answers;
  }

  /** Whoever asked for the end is told that it has come. */
  closed(): void {
    this.#ended.resolve();
  }

  async serve(request: LocalRequest, answer: (message: LocalAnswer) => void): Promise<void> {
    if (request.op === "down") {
      this.#isEnding = true;
      this.#stop();
      await this.#ended.promise;
      return answer({ kind: "done" });
    }
    const answers = this.#isEnding ? undefined : this.#answers();
    if (answers === undefined)
      return answer({
        kind: "error",
        message: `The agent is ${this.#isEnding ? "stopping" : "starting"}. Ask again in a moment.`,
      });
    switch (request.op) {
      case "status":
        return answer({ kind: "status", status: answers.status() });
      case "metrics":
        return answer({ kind: "metrics", metrics: answers.metrics() });
      case "netcheck":
        return answer({ kind: "netcheck", netcheck: await answers.netcheck() });
      case "relay-status":
        return answer({ kind: "error", message: "This is an agent, not a relay." });
      case "ping": {
        const reply = await answers.ping(request.peer, request.timeoutMs);
        return answer(reply === undefined ? noSuchPeer(request.peer) : { kind: "pong", reply });
      }
      case "why": {
        const why = await answers.why(request.peer);
        return answer(why === undefined ? noSuchPeer(request.peer) : { kind: "why", why });
      }
      default:
        return request satisfies never;
    }
  }
}

const noSuchPeer = (wanted: string): LocalAnswer => ({
  kind: "error",
  message: `There is no peer "${wanted}". \`pinhole status\` lists those that this device may talk to.`,
});
