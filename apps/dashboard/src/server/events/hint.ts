/** What a browser is told through its one subscription: never data, only which data to read again. */
import type { BusEvent } from "../bus.ts";

export type HintKind = "rollout" | "devices" | "paths" | "attempts" | "tokens" | "metrics" | "policy" | "members";

export type Hint = {
  readonly kind: HintKind;
  /** The rows that changed; null for "any of them may have". */
  readonly ids: readonly string[] | null;
};

export type TeamEvent =
  /** The first of a subscription: everything read before it may be old. `boot` differs after a restart of the server. */
  | {
      readonly kind: "hello";
      readonly boot: string;
      readonly sequence: number;
      readonly at: Date;
      readonly heartbeatMs: number;
    }
  /** `sequence` grows by one with each message but heartbeats: a client that sees a hole reads everything again. */
  | { readonly kind: "hints"; readonly sequence: number; readonly at: Date; readonly hints: readonly Hint[] }
  /** Nothing happened, and the subscription stands. */
  | { readonly kind: "heartbeat"; readonly sequence: number; readonly at: Date };

/** Beyond this many rows of one kind, "any of them" is shorter. */
const MAX_IDS = 200;

/** Gathers what happened within a moment, so that fifty agents' reports are one message. */
export class HintBatch {
  readonly #ids = new Map<HintKind, Set<string> | null>();

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  add(event: BusEvent): void {
    for (const [kind, ids] of hintsOf(event)) {
      const known = this.#ids.get(kind);
      if (known === null) continue;
      const all = ids === null ? null : new Set([...(known ?? []), ...ids]);
      this.#ids.set(kind, all !== null && all.size > MAX_IDS ? null : all);
    }
  }

  /** The hints gathered so far; the batch is empty afterwards. */
  take(): Hint[] {
    const hints = [...this.#ids].map(([kind, ids]): Hint => ({ kind, ids: ids === null ? null : [...ids] }));
    this.#ids.clear();
    return hints;
  }
}

function hintsOf(event: BusEvent): readonly (readonly [HintKind, readonly string[] | null])[] {
  switch (event.kind) {
    case "elsewhere":
      return (["devices", "tokens", "policy", "members"] as const).map((kind) => [kind, null]);
    case "policy":
      return [["policy", []]];
    case "revision":
      // What else a revision is about has an event of its own.
      return [["policy", []]];
    case "presence":
    case "device":
    case "nat":
      return [["devices", [event.deviceId]]];
    case "enrolled":
      return [
        ["devices", [event.deviceId]],
        ["tokens", [event.tokenId]],
      ];
    case "path":
      return [["paths", [event.deviceId, event.peerId]]];
    case "attempt":
      return [["attempts", [event.attemptId]]];
    case "filter":
      return [["rollout", [event.deviceId]]];
    case "metrics":
      return [["metrics", [event.deviceId]]];
    case "member":
      return [["members", event.userId === null ? [] : [event.userId]]];
    case "token":
      return [["tokens", [event.tokenId]]];
    default:
      return event satisfies never;
  }
}
