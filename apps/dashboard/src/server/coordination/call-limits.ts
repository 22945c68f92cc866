import { Throttle } from "../throttle.ts";

/** How often one device may call one procedure. */
export type ProcedureLimit = {
  /** Calls at once. */
  readonly burst: number;
  /** After which one more call is earned. */
  readonly refillMs: number;
};

/** Token buckets of many devices, kept by limit: a device that reconnects finds its bucket as it left it. */
export class CallLimits {
  readonly #throttles = new Map<string, Throttle>();

  take(key: string, { burst, refillMs }: ProcedureLimit, now: Date): boolean {
    const name = `${burst} ${refillMs}`;
    const throttle = this.#throttles.get(name) ?? new Throttle({ burst, refillMs, maxKeys: 100_000 });
    this.#throttles.set(name, throttle);
    return throttle.take(key, now);
  }
}
