import type { DeviceId } from "@pinhole/protocol";
import type { Sight } from "../devices/sight.ts";
import type { Hint } from "./hint.ts";

/**
 * Of what happened in a team, what somebody is told who does not see all of it. `before` is what they saw a message ago:
 * that a device has gone out of sight is something to be told.
 */
export function shownHints(hints: readonly Hint[], sight: Sight, before: Sight = sight): readonly Hint[] {
  if (sight.isWhole) return hints;
  const isSeen = (id: string): boolean => [sight, before].some(({ sees }) => sees(id as DeviceId));
  return hints.flatMap(({ kind, ids }): Hint[] => {
    switch (kind) {
      case "devices":
      case "paths":
      case "metrics": {
        const seen = ids?.filter(isSeen) ?? null;
        return seen?.length === 0 ? [] : [{ kind, ids: seen }];
      }
      // Whose they are is not in a hint.
      case "attempts":
      case "tokens":
        return [{ kind, ids: null }];
      // It decides which devices they see.
      case "policy":
        return [{ kind: "devices", ids: null }];
      case "rollout":
      case "members":
        return [];
      default:
        return kind satisfies never;
    }
  });
}
