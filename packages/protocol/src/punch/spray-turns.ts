/**
 * Which pair of a coordinator's devices may send to many ports, and which waits.
 *
 * A device is in one spray at a time, because its NAT bears no more, and each side keeps to that by itself. Left to themselves two
 * sides choose differently: one sprays while the other is busy with a third, in vain, and both then rest at other times.
 * So a spray is planned only when both are free, and the pairs that wait are planned in the order in which they asked.
 */
import type { DeviceId } from "../ids.ts";

/** As the devices themselves rest after a spray in vain; a little longer, for they may have begun late. */
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 3_600_000;
const LATE_MS = 2_000;

/** Who has not asked for so long does not want it any more. */
const WANTED_MS = 75_000;
const MAX_REMEMBERED = 10_000;

/** "resting": the last one was in vain, a while ago. */
export type SprayTurn = "free" | "busy" | "resting";

type Two = readonly [DeviceId, DeviceId];
type Running = { readonly pair: Two; readonly endsAt: number };
type Rest = { readonly until: number; readonly lastsMs: number };
type Waiting<Request> = { readonly pair: Two; readonly request: Request; readonly wantedUntil: number };

/** `Request` is what the coordinator needs to plan a pair that waited. Times are milliseconds on its clock. */
export class SprayTurns<Request> {
  /** By device: at most one. */
  readonly #running = new Map<DeviceId, Running>();
  /** By pair. */
  readonly #rests = new Map<string, Rest>();
  /** By pair, who waits longest first. */
  readonly #waiting = new Map<string, Waiting<Request>>();

  of(pair: Two, now: number): SprayTurn {
    this.#endOverdue(now);
    const rest = this.#rests.get(keyOf(pair));
    if (rest !== undefined && now < rest.until) return "resting";
    return pair.some((device) => this.#running.has(device)) ? "busy" : "free";
  }

  /** To be called when {@link of} says "free" and the plan goes out. */
  begin(pair: Two, endsAt: number): void {
    this.#waiting.delete(keyOf(pair));
    for (const device of pair) this.#running.set(device, { pair, endsAt });
  }

  /** The pair keeps its place when it asks again. */
  wait(pair: Two, request: Request, now: number): void {
    this.#waiting.set(keyOf(pair), { pair, request, wantedUntil: now + WANTED_MS });
    if (this.#waiting.size > MAX_REMEMBERED) forgetOldest(this.#waiting);
  }

  /** What the pair that waits has asked for. */
  waitingFor(pair: Two): Request | undefined {
    return this.#waiting.get(keyOf(pair))?.request;
  }

  get isAnybodyWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The pair needs no spray any more. */
  settle(pair: Two): void {
    const key = keyOf(pair);
    this.#waiting.delete(key);
    this.#rests.delete(key);
    for (const device of pair) if (this.#isOf(device, key)) this.#running.delete(device);
  }

  /** Another plan takes the place of the one in which the pair sprayed: for its devices that was in vain. */
  cutShort(pair: Two, now: number): void {
    this.#endOverdue(now);
    const [device] = pair;
    const running = this.#running.get(device);
    if (running !== undefined && this.#isOf(device, keyOf(pair))) this.#miss(running, now);
  }

  /** The next request whose turn has come, which it loses by being told. */
  next(now: number): Request | undefined {
    this.#endOverdue(now);
    for (const [key, { pair, request, wantedUntil }] of this.#waiting) {
      const isWanted = now < wantedUntil;
      if (isWanted && this.of(pair, now) !== "free") continue;
      this.#waiting.delete(key);
      if (isWanted) return request;
    }
    return undefined;
  }

  #isOf(device: DeviceId, key: string): boolean {
    const running = this.#running.get(device);
    return running !== undefined && keyOf(running.pair) === key;
  }

  #endOverdue(now: number): void {
    for (const running of this.#running.values()) if (now >= running.endsAt) this.#miss(running, running.endsAt);
  }

  #miss({ pair }: Running, at: number): void {
    for (const device of pair) this.#running.delete(device);
    const key = keyOf(pair);
    const before = this.#rests.get(key)?.lastsMs ?? FIRST_REST_MS / 2;
    const lastsMs = Math.min(2 * before, LONGEST_REST_MS);
    this.#rests.delete(key);
    this.#rests.set(key, { until: at + lastsMs + LATE_MS, lastsMs });
    if (this.#rests.size > MAX_REMEMBERED) forgetOldest(this.#rests);
  }
}

function keyOf(pair: Two): string {
  return pair.toSorted().join(" ");
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
