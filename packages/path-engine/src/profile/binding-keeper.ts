/**
 * Keeps the main socket's binding open by a question to a server every 15 to 20 s, or as seldom as the NAT is known to
 * allow, and notices when it moved: the candidates name it, and peers meet it.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";
import { IDLE_PING_MS, keepaliveFor } from "../keepalive.ts";
import { StunClient, type StunEffect } from "../stun/stun-client.ts";

/** A third on top at most, so that devices which came up together do not ask together. */
const JITTER = 1 / 3;
/** Whoever moves to another endpoint without a path that breaks is found out by this alone. */
const MAX_INTERVAL_MS = 60_000;
/** Between two looks because a path stopped working; many paths may at once. */
const LOOK_SPACING_MS = 1_000;

export type BindingNews =
  /** `moved`: another endpoint than the same server saw before. */
  | {
      readonly kind: "same" | "moved";
      readonly server: Endpoint;
      readonly mapped: Endpoint;
      readonly proof: Uint8Array | undefined;
    }
  | { readonly kind: "silent" };

type Deps = {
  readonly randomBytes: (length: number) => Uint8Array;
  readonly send: (to: Endpoint, bytes: Uint8Array) => void;
  readonly onNews: (news: BindingNews) => void;
};

export class BindingKeeper {
  readonly #deps: Deps;
  readonly #client: StunClient;
  #watched: { readonly server: Endpoint; readonly mapped: Endpoint } | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #everyMs = IDLE_PING_MS;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#client = new StunClient(deps);
  }

  /** `mapped`: what that server saw just now. */
  watch(server: Endpoint, mapped: Endpoint, now: number): void {
    this.#watched = { server, mapped };
    this.#schedule(now);
  }

  /** How long the NAT keeps what is silent, where that is known; counts from the next question on. */
  setLifetime(lifetimeMs: number | undefined): void {
    const known = lifetimeMs !== undefined;
    this.#everyMs = known ? Math.min(MAX_INTERVAL_MS, keepaliveFor({ lifetimeMs }) / (1 + JITTER)) : IDLE_PING_MS;
  }

  stop(): void {
    this.#watched = undefined;
    this.#nextAt = Number.POSITIVE_INFINITY;
  }

  /** Asks before it is time, but not twice a second. */
  look(now: number): void {
    if (this.#watched === undefined || now < this.#askedAt + LOOK_SPACING_MS) return;
    this.#nextAt = now;
    this.tick(now);
  }

  /** Whether it was an answer to a question of ours. */
  onDatagram(from: Endpoint, bytes: Uint8Array, now: number): boolean {
    const effects = this.#client.onDatagram(bytes, from, now);
    this.#carryOut(effects);
    return effects.length > 0;
  }

  tick(now: number): void {
    this.#carryOut(this.#client.onTick(now));
    if (now < this.#nextAt || this.#watched === undefined) return;
    this.#schedule(now);
    this.#askedAt = now;
    const asked = this.#client.ask({ server: this.#watched.server }, now);
    if (asked.ok) this.#carryOut(asked.value);
  }

  nextDeadline(): number {
    return Math.min(this.#nextAt, this.#client.nextDeadline() ?? Number.POSITIVE_INFINITY);
  }

  #schedule(now: number): void {
    const [byte = 0] = this.#deps.randomBytes(1);
    this.#nextAt = now + this.#everyMs * (1 + (JITTER * byte) / 256);
  }

  #carryOut(effects: readonly StunEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") {
        this.#deps.send(effect.to, effect.bytes);
        continue;
      }
      const { outcome } = effect;
      const watched = this.#watched;
      // Of a server or a network that was left.
      if (watched === undefined || !endpointsEqual(outcome.query.server, watched.server)) continue;
      if (outcome.kind !== "observed") {
        this.#deps.onNews({ kind: "silent" });
        continue;
      }
      const { mapped, proof } = outcome;
      const kind = endpointsEqual(mapped, watched.mapped) ? "same" : "moved";
      this.#watched = { ...watched, mapped };
      this.#deps.onNews({ kind, server: watched.server, mapped, proof });
    }
  }
}
