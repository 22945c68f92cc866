/** Shots in order of time. */
import type { Shot } from "./stage-run.ts";

type Timed = { readonly at: number; readonly shot: Shot };

export class ShotList {
  /** The latest first, so that taking is popping. */
  #shots: Timed[] = [];

  get size(): number {
    return this.#shots.length;
  }

  add(shots: readonly Timed[]): void {
    this.#shots = [...this.#shots, ...shots].sort((a, b) => b.at - a.at);
  }

  /** One that is due, or undefined. */
  take(now: number): Shot | undefined {
    const next = this.#shots.at(-1);
    if (next === undefined || next.at > now) return undefined;
    this.#shots.pop();
    return next.shot;
  }

  /** For one that could not be sent. */
  putBack(shot: Shot, at: number): void {
    const behind = this.#shots.findLastIndex((timed) => timed.at >= at);
    this.#shots.splice(behind + 1, 0, { at, shot });
  }

  clear(): void {
    this.#shots = [];
  }

  nextDeadline(): number {
    return this.#shots.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }
}
