/** Where a refused request waits while somebody proves who they are. Outside of React, so that the API client can ask. */
export class StepUpStore {
  #waiting: PromiseWithResolvers<boolean> | undefined;
  readonly #listeners = new Set<() => void>();

  /** True once they have proven it, false when they would rather not. Several requests at once ask once. */
  readonly ask = (): Promise<boolean> => {
    if (this.#waiting === undefined) {
      this.#waiting = Promise.withResolvers<boolean>();
      this.#tell();
    }
    return this.#waiting.promise;
  };

  settle(isProven: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#tell();
    waiting?.resolve(isProven);
  }

  readonly isAsking = (): boolean => this.#waiting !== undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const stepUp = new StepUpStore();
