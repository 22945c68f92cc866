/** What went wrong on the agents' side, for the operator: one line of JSON for each kind in a while, with a count of what it stands for. */
import { logLine } from "../log-line.ts";

const QUIET_MS = 10_000;

export class ErrorLog {
  readonly #kinds = new Map<string, { readonly at: number; readonly suppressed: number }>();

  report(what: string, error: unknown): void {
    const at = performance.now();
    const last = this.#kinds.get(what);
    if (last !== undefined && at - last.at < QUIET_MS) {
      this.#kinds.set(what, { at: last.at, suppressed: last.suppressed + 1 });
      return;
    }
    this.#kinds.set(what, { at, suppressed: 0 });
    const words = error instanceof Error ? error.message : String(error);
    console.error(logLine({ level: "error", what, error: words, before: last?.suppressed ?? 0 }));
  }
}
