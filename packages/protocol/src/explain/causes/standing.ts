/** What keeps a pair from trying at all, whatever their networks are like. */
import { type Cause, type Decider, SIDES, sideOf } from "./cause.ts";

export const decideStanding: Decider = ({ evidence, sides }) => {
  const { isAllowed, isRelayOnly, isRelayUp } = evidence;
  if (isAllowed === false) return ofPair("policy_denied", "policy-denies");
  // Without the relay there is no session either, and what was last said of the peer is old.
  if (isRelayUp === false) return ofPair("relay_unavailable", "relay-down");
  const offline = SIDES.filter((side) => sides[side].isOnline === false);
  if (offline.length > 0) {
    return {
      code: "peer_offline",
      side: sideOf(offline),
      facts: offline.map((side) => ({ kind: "offline", side, measured: true })),
    };
  }
  if (isRelayOnly === true) return ofPair("forced_relay", "relay-only");
  const strange = SIDES.filter((side) => sides[side].isUnderstood === false);
  if (strange.length > 0) return { ...ofPair("version_mismatch", "version-unknown"), side: sideOf(strange) };
  return undefined;
};

function ofPair(code: Cause["code"], kind: Cause["facts"][number]["kind"]): Cause {
  return { code, side: null, facts: [{ kind, measured: true }] };
}
