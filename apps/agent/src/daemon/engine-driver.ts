/** Gives the path engine its time: one timer, always at the engine's next deadline. */
import { randomBytes } from "node:crypto";
import { PathEngine, type PathEffects } from "@pinhole/path-engine";
import { monotonicMs } from "../clock.ts";
import type { Identity } from "../state/identity.ts";

type Setup = Pick<ConstructorParameters<typeof PathEngine>[0], "probe" | "socketIds">;

const LONGEST_SLEEP_MS = 60_000;

export class EngineDriver {
  readonly #engine: PathEngine;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(identity: Identity, setup: Setup, effects: PathEffects) {
    this.#engine = new PathEngine({
      now: monotonicMs,
      randomBytes,
      nodePrivateKey: identity.nodePrivateKey,
      nodePublicKey: identity.nodePublicKey,
      ...setup,
      effects,
    });
  }

  /** Every call may move the next deadline, so every call goes through here. */
  tell<T>(call: (engine: PathEngine) => T): T {
    const result = call(this.#engine);
    this.#schedule();
    return result;
  }

  /** For questions that are asked for each packet, and change nothing. */
  ask<T>(question: (engine: Pick<PathEngine, "distanceTo" | "isAddressOf" | "isDoubtful">) => T): T {
    return question(this.#engine);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.ceil(Math.max(0, this.#engine.nextDeadline() - monotonicMs())));
    this.#timer = setTimeout(() => this.tell((engine) => engine.tick()), waitMs);
  }
}
