/** What went wrong while the agent goes on, for `pinhole status`: the last of each kind, and few. */
import { wallMs } from "../clock.ts";

const MAX_KINDS = 8;
const MAX_WORDS = 500;

export type Warning = { readonly code: string; readonly message: string; readonly at: string };

export class Warnings {
  readonly #last = new Map<string, Warning>();

  add(code: string, message: string): void {
    this.#last.delete(code);
    if (this.#last.size >= MAX_KINDS) return;
    this.#last.set(code, { code, message: message.slice(0, MAX_WORDS), at: new Date(wallMs()).toISOString() });
  }

  get all(): readonly Warning[] {
    return [...this.#last.values()];
  }
}
