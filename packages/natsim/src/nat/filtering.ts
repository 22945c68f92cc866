/** Who may answer: RFC 4787 §5. */
import { addressOf, type EndpointKey } from "../address-book.ts";
import type { Mapping, Session } from "./mapping.ts";
import type { Dependence } from "./options.ts";

/** Whether a packet from `remote` gets through to a live mapping. */
export function permits(
  mapping: Mapping,
  remote: EndpointKey,
  { filtering, now }: { filtering: Dependence; now: number },
) {
  if (mapping.kind === "forward") return true;
  switch (filtering) {
    case "endpoint-independent":
      return true;
    case "address-dependent":
      return now < (mapping.permitted?.get(addressOf(remote)) ?? 0);
    case "address-and-port-dependent": {
      const session = mapping.sessions.get(remote);
      return session !== undefined && now < session.expiresAt;
    }
  }
}

/** The session of a remote has been refreshed: with address-dependent filtering its whole address has. */
export function permitAddress({ permitted }: Mapping, remote: EndpointKey, { expiresAt }: Session): void {
  if (permitted === undefined) return;
  const address = addressOf(remote);
  if (expiresAt > (permitted.get(address) ?? 0)) permitted.set(address, expiresAt);
}
