/** What would help against a cause: per code, and where port mapping would, on the sides that can have it. */
import type { Cause } from "./causes/cause.ts";
import type { Sides } from "./evidence.ts";
import type { Remedy } from "./remedy.ts";
import type { VerdictSide } from "./verdict.ts";

export function remediesFor({ code, side, facts }: Cause, sides: Sides): Remedy[] {
  const where = sidesIn(side);
  switch (code) {
    case "peer_offline":
      return at("start-agent", where);
    case "policy_denied":
      return [{ kind: "add-grant" }];
    case "forced_relay":
      return [{ kind: "lift-relay-only" }];
    case "relay_unavailable":
      return [{ kind: "reach-relay" }];
    case "version_mismatch":
      return [{ kind: "update-agents" }];
    case "signal_timeout":
    case "cancelled":
    case "nat_rebinding":
      return [{ kind: "retry" }];
    case "candidate_gather_timeout":
      return [{ kind: "retry" }, ...at("allow-udp", where)];
    case "udp_blocked_a":
    case "udp_blocked_b":
      return at("allow-udp", where);
    case "no_common_family":
      return [{ kind: "add-family" }];
    case "same_nat_no_hairpin":
      return [{ kind: "use-local-network" }];
    case "both_symmetric":
    case "symmetric_vs_port_restricted":
    case "cgnat_no_portmap":
    case "portmap_refused":
      return [
        ...(facts.some(({ kind }) => kind === "spray-off") ? [{ kind: "allow-spraying" } as const] : []),
        ...(["a", "b"] as const).flatMap((one) => openings(sides, one)),
        { kind: "use-ipv6" },
      ];
    case "one_way_a_to_b":
      return [
        { kind: "check-firewall", side: "b" },
        { kind: "check-firewall", side: "a" },
      ];
    case "one_way_b_to_a":
      return [
        { kind: "check-firewall", side: "a" },
        { kind: "check-firewall", side: "b" },
      ];
    case "probe_timeout":
      return [{ kind: "check-firewall" }, { kind: "retry" }];
    case "handshake_failed":
      return [{ kind: "check-clocks" }, { kind: "update-agents" }];
    case "mtu_blackhole":
      return [{ kind: "check-tunnels" }];
    case "unknown":
      return [{ kind: "retry" }];
    default:
      return code satisfies never;
  }
}

const sidesIn = (side: VerdictSide | null): readonly ("a" | "b")[] =>
  side === "both" ? ["a", "b"] : side === null ? [] : [side];

function at(kind: Remedy["kind"], sides: readonly ("a" | "b")[]): Remedy[] {
  return sides.length === 0 ? [{ kind }] : sides.map((side) => ({ kind, side }));
}

/** A port opened on either side makes the pair direct, whichever side is the hard one. */
function openings(sides: Sides, side: "a" | "b"): Remedy[] {
  const { natProfile, portMapping } = sides[side];
  if (portMapping === "mapped" || natProfile?.mapping === "none") return [];
  if (natProfile?.levels === "carrier-grade") return [{ kind: "ask-provider", side }];
  // Its router does what it can: what stands behind it does not.
  if (portMapping === "unverified") return [];
  return [{ kind: portMapping === "refused" ? "allow-port-mapping" : "enable-port-mapping", side }];
}
