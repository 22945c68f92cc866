/** Whether one grant says all that another one says, so that the other adds nothing. By the words, not by the devices. */
import { contains } from "../prefix.ts";
import { blockOf } from "./block-of.ts";
import { expiryOf } from "./expiry.ts";
import type { Grant, Policy } from "./policy.ts";
import { parseSelector } from "./selector.ts";
import { parseServices, type Service } from "./service.ts";
import { strictest } from "./transport.ts";

export function covers(policy: Policy, wide: Grant, narrow: Grant): boolean {
  const way = strictest([wide.transport ?? "prefer-direct", narrow.transport ?? "prefer-direct"]);
  if (way !== (wide.transport ?? "prefer-direct")) return false;
  if ((expiryOf(wide) ?? Infinity) < (expiryOf(narrow) ?? Infinity)) return false;
  return (
    narrow.src.every((text) => wide.src.some((other) => includes(policy, other, text))) &&
    narrow.dst.every((text) => wide.dst.some((other) => includes(policy, other, text))) &&
    servicesOf(narrow).every((service) => servicesOf(wide).some((other) => serves(other, service)))
  );
}

/** Whether the first selector speaks of everything that the second one speaks of, whatever devices there are. */
function includes(policy: Policy, wideText: string, narrowText: string): boolean {
  const [wide, narrow] = [parseSelector(wideText), parseSelector(narrowText)];
  if (wide === undefined || narrow === undefined) return false;
  if (wide.kind === "any" || wideText.toLowerCase() === narrowText.toLowerCase()) return true;
  const isPerson = narrow.kind === "user" || narrow.kind === "group" || narrow.kind === "members";
  if (wide.kind === "members") return isPerson;
  if (wide.kind === "group" && narrow.kind === "user") {
    return (policy.groups[wide.group] ?? []).some((member) => member.toLowerCase() === narrow.user);
  }
  const [outer, inner] = [blockOf(policy, wide), blockOf(policy, narrow)];
  if (outer === undefined || inner === undefined) return false;
  return outer.length <= inner.length && contains(outer, inner.address);
}

const servicesOf = ({ ip }: Grant): readonly Service[] => ip.flatMap((text) => parseServices(text) ?? []);

function serves(wide: Service, narrow: Service): boolean {
  if (wide.protocol !== null && wide.protocol !== narrow.protocol) return false;
  if (wide.ports === undefined) return true;
  return narrow.ports !== undefined && wide.ports[0] <= narrow.ports[0] && wide.ports[1] >= narrow.ports[1];
}
