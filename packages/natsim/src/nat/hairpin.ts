/** From inside to one of our own public endpoints, and back in: RFC 4787 §6. */
import type { Packet } from "../packet.ts";
import type { DropReason } from "../place.ts";
import type { Nat } from "./nat.ts";

/** The packet goes on inside, unless a reason is returned. The filter judges it as it would a packet from outside. */
export function hairpin(nat: Nat, packet: Packet, now: number): DropReason | undefined {
  const { hairpin: kind = "none" } = nat.options;
  if (kind === "none") return "hairpin-refused";
  const inside = packet.source;
  const refusal = nat.outbound(packet, now) ?? nat.inbound(packet, now);
  if (refusal === undefined && kind === "internal-source") packet.source = inside;
  return refusal;
}
