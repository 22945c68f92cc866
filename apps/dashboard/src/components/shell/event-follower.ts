/**
 * Follows the numbered stream of team events and says what to read again. A hole in the numbers, a new stream or a
 * restarted server mean that nothing is known of what happened meanwhile: then it is everything.
 */
import type { HintKind, TeamEvent } from "@/trpc/outputs.ts";

export type Reread = "nothing" | "everything" | readonly HintKind[];

export type EventFollower = { readonly next: (event: TeamEvent) => Reread; readonly heartbeatMs: () => number };

/** Until the server has said how often it speaks. */
const FIRST_HEARTBEAT_MS = 10_000;

export function newEventFollower(): EventFollower {
  let isFirstStream = true;
  let sequence = 0;
  let heartbeatMs = FIRST_HEARTBEAT_MS;

  function follow(event: TeamEvent): Reread {
    switch (event.kind) {
      case "hello": {
        // The page was rendered a moment before its first stream opened; what fell between is bounded by the queries' age.
        const wasFirst = isFirstStream;
        isFirstStream = false;
        heartbeatMs = event.heartbeatMs;
        return wasFirst ? "nothing" : "everything";
      }
      case "heartbeat":
        return event.sequence === sequence ? "nothing" : "everything";
      case "hints":
        return event.sequence === sequence + 1 ? event.hints.map(({ kind }) => kind) : "everything";
      default:
        return event satisfies never;
    }
  }

  return {
    next(event) {
      const reread = follow(event);
      sequence = event.sequence;
      return reread;
    },
    heartbeatMs: () => heartbeatMs,
  };
}
