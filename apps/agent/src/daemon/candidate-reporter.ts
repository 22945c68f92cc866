/**
 * Keeps the dashboard's idea of where this device can be reached the same as ours: said at the start of each session, then
 * only what is new, until it is taken. Every report reaches all peers, so one that repeats the last is not sent.
 */
import type { CandidatesReport } from "@pinhole/protocol/control";
import type { Delivery } from "../control/session-calls.ts";

/** The dashboard takes one a second, after a burst. */
const RETRY_MS = 1_500;

type Deps = {
  readonly read: () => CandidatesReport;
  readonly send: (report: CandidatesReport) => Promise<Delivery>;
};

export class CandidateReporter {
  readonly #deps: Deps;
  #taken = "";
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A new session: what an earlier one was told does not count. */
  begin(): void {
    this.#taken = "";
    this.changed();
  }

  changed(): void {
    if (!this.#isSending) void this.#send();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    clearTimeout(this.#timer);
    for (let isDone = false; !isDone && !this.#isClosed; ) {
      const report = this.#deps.read();
      const { roundTripMs: _, ...news } = report;
      const what = JSON.stringify(news);
      if (what === this.#taken) break;
      const delivery = await this.#deps.send(report);
      if (delivery === "delivered") this.#taken = what;
      else isDone = true;
      if (delivery === "refused" && !this.#isClosed) this.#timer = setTimeout(() => this.changed(), RETRY_MS);
    }
    this.#isSending = false;
  }
}
