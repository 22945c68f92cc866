/** Why a gateway refused: UPnP's codes (WANIPConnection:2 §2.6, WANIPv6FirewallControl:1 §2.6) in our words. */
import type { Refusal, RefusalCode } from "../contract.ts";
import type { SoapError } from "./soap.ts";

export const FAULT = {
  INVALID_ARGUMENTS: 402,
  ACTION_FAILED: 501,
  NOT_AUTHORIZED: 606,
  PINHOLE_SPACE_EXHAUSTED: 701,
  FIREWALL_DISABLED: 702,
  INBOUND_PINHOLE_NOT_ALLOWED: 703,
  NO_SUCH_ENTRY: 714,
  CONFLICT: 718,
  SAME_PORTS_REQUIRED: 724,
  ONLY_PERMANENT_LEASES: 725,
  NO_PORT_MAPS_AVAILABLE: 728,
  CONFLICT_WITH_OTHERS: 729,
} as const;

const REFUSALS: ReadonlyMap<SoapError, RefusalCode> = new Map<SoapError, RefusalCode>([
  ["silent", "silent"],
  [FAULT.NOT_AUTHORIZED, "not-authorized"],
  [FAULT.INBOUND_PINHOLE_NOT_ALLOWED, "not-authorized"],
  [FAULT.CONFLICT, "out-of-resources"],
  [FAULT.CONFLICT_WITH_OTHERS, "out-of-resources"],
  [FAULT.NO_PORT_MAPS_AVAILABLE, "out-of-resources"],
  [FAULT.PINHOLE_SPACE_EXHAUSTED, "out-of-resources"],
]);

export function refusalOf(error: SoapError): Refusal {
  return { code: REFUSALS.get(error) ?? "failed" };
}
