/** Short messages that leave by themselves, kept outside of React so that anything may add one. */

export type Toast = {
  readonly id: number;
  readonly kind: "done" | "problem";
  readonly title: string;
  readonly description: string | undefined;
  readonly lifetimeMs: number;
  readonly onUndo: (() => void) | undefined;
};

/** Long enough to read the sentence, notice the mistake and reach the button. */
export const UNDO_MS = 10_000;
const DONE_MS = 5_000;
const PROBLEM_MS = 15_000;
/** The oldest gives way. */
const MAX_TOASTS = 4;

const NONE: readonly Toast[] = [];

export class ToastStore {
  #toasts = NONE;
  #lastId = 0;
  readonly #listeners = new Set<() => void>();

  done(title: string, description?: string): void {
    this.#add({ kind: "done", title, description, lifetimeMs: DONE_MS, onUndo: undefined });
  }

  problem(title: string, description?: string): void {
    this.#add({ kind: "problem", title, description, lifetimeMs: PROBLEM_MS, onUndo: undefined });
  }

  /** Says what was done and offers to take it back. */
  undo(title: string, onUndo: () => void, description?: string): void {
    this.#add({ kind: "done", title, description, lifetimeMs: UNDO_MS, onUndo });
  }

  dismiss(id: number): void {
    this.#set(this.#toasts.filter((toast) => toast.id !== id));
  }

  readonly list = (): readonly Toast[] => this.#toasts;

  readonly none = (): readonly Toast[] => NONE;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  #add(toast: Omit<Toast, "id">): void {
    this.#lastId += 1;
    this.#set([...this.#toasts, { ...toast, id: this.#lastId }].slice(-MAX_TOASTS));
  }

  #set(toasts: readonly Toast[]): void {
    this.#toasts = toasts;
    for (const listener of this.#listeners) listener();
  }
}

export const toast = new ToastStore();
