/** What is to be done when. */
export class Agenda {
  #items: { readonly at: number; readonly run: (now: number) => void }[] = [];

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  add(at: number, run: (now: number) => void): void {
    this.#items.push({ at, run });
  }

  runDue(now: number): void {
    const due = this.#items.filter(({ at }) => at <= now);
    this.#items = this.#items.filter(({ at }) => at > now);
    for (const { run } of due) run(now);
  }

  nextDeadline(): number {
    return this.#items.reduce((earliest, { at }) => Math.min(earliest, at), Number.POSITIVE_INFINITY);
  }
}
