/** Asks the server for its time at the start of a session and once a minute; the best answers are kept by {@link ServerClock}. */
import type { AgentRouter } from "@pinhole/dashboard/agent-router";
import type { TRPCClient } from "@trpc/client";
import * as z from "zod";
import { monotonicMs } from "../clock.ts";
import { type ClockSample, ServerClock } from "./server-clock.ts";

const EXCHANGES = 4;
const INTERVAL_MS = 60_000;

/** What a `Date` can hold. */
const answerSchema = z.object({ serverNow: z.number().min(0).max(8.64e15) });

type OnClock = (offsetMs: number, uncertaintyMs: number) => void;

export type RunningExchange = {
  /** Settles with the first answer, which is enough to begin with. Rejects when there is none. */
  readonly first: Promise<void>;
  readonly end: () => void;
};

export class ClockExchange {
  readonly #clock = new ServerClock();
  readonly #onClock: OnClock;

  constructor(onClock: OnClock) {
    this.#onClock = onClock;
  }

  get best(): ClockSample | undefined {
    return this.#clock.best;
  }

  /** For one session: the next may take another way, and what was learnt of this one bounds nothing. */
  begin(client: Pick<TRPCClient<AgentRouter>, "time">): RunningExchange {
    this.#clock.forget();
    let isOver = false;
    const once = async (): Promise<void> => {
      const sentAt = monotonicMs();
      const { serverNow } = answerSchema.parse(await client.time.query({}));
      if (isOver) return;
      this.#clock.record(sentAt, monotonicMs(), serverNow);
      const best = this.#clock.best;
      if (best !== undefined) this.#onClock(best.offsetMs, best.roundTripMs / 2);
    };
    const several = async (count: number): Promise<void> => {
      for (let i = 0; i < count && !isOver; i++) await once();
    };
    const first = once();
    // An answer that does not come is the session's to notice.
    first.then(() => several(EXCHANGES - 1)).catch(() => undefined);
    const timer = setInterval(() => void several(EXCHANGES).catch(() => undefined), INTERVAL_MS);
    return {
      first,
      end: () => {
        isOver = true;
        clearInterval(timer);
      },
    };
  }
}
