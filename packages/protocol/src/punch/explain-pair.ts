/**
 * Why a pair is most likely not direct, from what both sides measured of their NATs. Pure.
 *
 * `a` is the device that reports: `udp_blocked_a` is its own side. `measured` is true only where every fact that the
 * reason rests on was measured with confidence; a guess is called a guess.
 */
import type { NatProfile } from "../control/nat-profile.ts";
import type { Reason } from "../control/path-report.ts";
import { parseEndpoint } from "../endpoint.ts";
import { isHard, isTolerant } from "./nat-class.ts";

const TRUSTED_CONFIDENCE = 0.7;

/** Whether probes were sent and none came through. Without, nothing is known to be wrong with a pair that ought to work. */
export type AttemptState = "failed" | "none";

export function explainPair(
  a: NatProfile | null,
  b: NatProfile | null,
  attempt: AttemptState = "failed",
): Reason | null {
  if (a?.udp === "blocked") return { code: "udp_blocked_a", side: "self", measured: isTrusted(a) };
  if (b?.udp === "blocked") return { code: "udp_blocked_b", side: "peer", measured: isTrusted(b) };
  if (a !== null && b !== null) {
    const reason = explainMappings(a, b) ?? (attempt === "failed" && shareAddress(a, b) ? SAME_NAT : undefined);
    if (reason !== undefined) return reason;
  }
  if (attempt === "none") return null;
  // Both profiles promise a path, and the probes say otherwise: that they went unanswered is all that is known.
  const isPromising = [a, b].every(
    (profile) => profile !== null && profile.udp === "ok" && profile.mapping !== "unknown",
  );
  return isPromising ? { code: "probe_timeout", measured: true } : { code: "unknown", measured: false };
}

const SAME_NAT: Reason = { code: "same_nat_no_hairpin", side: "both", measured: false };

function explainMappings(a: NatProfile, b: NatProfile): Reason | undefined {
  const hard = [isHard(a.mapping), isHard(b.mapping)] as const;
  const isMeasured = isTrusted(a) && isTrusted(b);
  if (hard[0] && hard[1]) return { code: "both_symmetric", side: "both", measured: isMeasured };
  if (!hard[0] && !hard[1]) return undefined;

  const easy = hard[0] ? b : a;
  if (easy.mapping === "unknown" || isTolerant(easy.filtering)) return undefined;
  return {
    code: "symmetric_vs_port_restricted",
    side: hard[0] ? "self" : "peer",
    // Most NATs filter by port, so the guess is a good one; it stays a guess.
    measured: isMeasured && easy.filtering !== "unknown",
  };
}

function shareAddress(a: NatProfile, b: NatProfile): boolean {
  const own = new Set(a.publicEndpoints.flatMap(addressOf));
  return b.publicEndpoints.flatMap(addressOf).some((address) => own.has(address));
}

function addressOf(text: string): string[] {
  const endpoint = parseEndpoint(text);
  return endpoint.ok ? [endpoint.value.address] : [];
}

const isTrusted = ({ confidence }: NatProfile): boolean => confidence >= TRUSTED_CONFIDENCE;
