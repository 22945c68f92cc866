/**
 * Asks a UPnP gateway to let UDP from anywhere through its IPv6 firewall to our port (WANIPv6FirewallControl:1). Nothing is
 * translated: the external endpoint is our own.
 */
import { type Endpoint, err, ok, type Result } from "@pinhole/protocol/net";
import type { CheckOutcome, GatewayNetwork, Lease, MappingProtocol, Refusal, Wish } from "../contract.ts";
import type { Procedure } from "../procedure.ts";
import type { Service } from "./description.ts";
import { refusalOf } from "./fault.ts";
import { callService, numberIn } from "./soap.ts";
import { childText } from "./xml.ts";

const UDP = 17;
/** WANIPv6FirewallControl:1 §2.4.21: a day. */
const MAX_LEASE_S = 86_400;

export class PinholeProtocol implements MappingProtocol {
  readonly name = "igd2";
  readonly #service: Service;
  readonly #local: Endpoint;

  constructor({ local }: GatewayNetwork, service: Service) {
    this.#service = service;
    this.#local = local;
  }

  *map({ lifetimeS, held }: Wish): Procedure<Result<Lease, Refusal>> {
    const leaseS = Math.min(lifetimeS, MAX_LEASE_S);
    const lease = { external: this.#local, lifetimeMs: leaseS * 1_000 };
    if (held?.pinholeId !== undefined && (yield* this.#update(held.pinholeId, leaseS)).ok)
      return ok({ ...lease, pinholeId: held.pinholeId });
    const status = yield* callService(this.#service, { action: "GetFirewallStatus" });
    if (status.ok && childText(status.value, "InboundPinholeAllowed") === "0") return err({ code: "not-authorized" });
    const added = yield* callService(this.#service, {
      action: "AddPinhole",
      arguments: {
        RemoteHost: "",
        RemotePort: 0,
        InternalClient: this.#local.address,
        InternalPort: this.#local.port,
        Protocol: UDP,
        LeaseTime: leaseS,
      },
    });
    if (!added.ok) return err(refusalOf(added.error));
    const pinholeId = numberIn(added.value, "UniqueID", 0xffff);
    return pinholeId === undefined ? err({ code: "failed" }) : ok({ ...lease, pinholeId });
  }

  /** There is no asking without changing: the time that is left is what the lease had. */
  *check({ lifetimeMs, pinholeId = 0 }: Lease): Procedure<CheckOutcome> {
    const updated = yield* this.#update(pinholeId, Math.round((lifetimeMs ?? 0) / 1_000));
    if (updated.ok) return "holds";
    return updated.error === "silent" ? "silent" : "gone";
  }

  *unmap({ pinholeId = 0 }: Lease): Procedure<void> {
    yield* callService(this.#service, { action: "DeletePinhole", arguments: { UniqueID: pinholeId } });
  }

  #update(pinholeId: number, leaseS: number) {
    const values = { UniqueID: pinholeId, NewLeaseTime: leaseS };
    return callService(this.#service, { action: "UpdatePinhole", arguments: values });
  }
}
