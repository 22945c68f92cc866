/**
 * Asks a UPnP gateway for a mapping of our UDP port (WANIPConnection, WANPPPConnection).
 *
 * The port that is asked for may be taken: another is drawn, a few times. Some gateways want leases without an end: they get one, which is
 * deleted at close. What was made is read back, because some map to another internal port than they were told.
 */
import { addressScope, err, ok, parseAddress, type Result } from "@pinhole/protocol/net";
import type { CheckOutcome, GatewayNetwork, Lease, MappingProtocol, Refusal, Wish } from "../contract.ts";
import type { Procedure } from "../procedure.ts";
import type { Service } from "./description.ts";
import { FAULT, refusalOf } from "./fault.ts";
import { callService, numberIn } from "./soap.ts";
import { childText } from "./xml.ts";

const MAX_TRIES = 5;
const FIRST_PORT = 1_024;

type Entry = "ours" | "another-port" | "another-host" | "none" | "unknown";

type Deps = {
  readonly network: GatewayNetwork;
  readonly services: readonly [Service, ...Service[]];
  readonly randomBytes: (length: number) => Uint8Array;
};

export class IgdProtocol implements MappingProtocol {
  readonly name: "igd2" | "igd1";
  readonly #deps: Deps;
  /** The one of several uplinks that granted. */
  #service: Service;

  constructor(deps: Deps) {
    this.#deps = deps;
    [this.#service] = deps.services;
    this.name = this.#service.type.endsWith(":2") ? "igd2" : "igd1";
  }

  *map(wish: Wish): Procedure<Result<Lease, Refusal>> {
    if (wish.held !== undefined) return yield* this.#mapAt(this.#service, wish);
    let last: Result<Lease, Refusal> = err({ code: "failed" });
    for (const service of this.#deps.services) {
      last = yield* this.#mapAt(service, wish);
      if (!last.ok) continue;
      this.#service = service;
      break;
    }
    return last;
  }

  *check({ external }: Lease): Procedure<CheckOutcome> {
    const entry = yield* this.#entryAt(this.#service, external.port);
    if (entry === "unknown") return "silent";
    if (entry !== "ours") return "gone";
    const address = yield* externalAddress(this.#service);
    if (!address.ok) return "silent";
    return address.value === external.address ? "holds" : "gone";
  }

  *unmap({ external }: Lease): Procedure<void> {
    yield* this.#delete(this.#service, external.port);
  }

  *#mapAt(service: Service, { externalPort, lifetimeS, held }: Wish): Procedure<Result<Lease, Refusal>> {
    const { local } = this.#deps.network;
    let port = held?.external.port ?? externalPort;
    let leaseS = held?.lifetimeMs === null ? 0 : lifetimeS;
    let refusal: Refusal = { code: "out-of-resources" };
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const added = yield* callService(service, {
        action: "AddPortMapping",
        arguments: {
          NewRemoteHost: "",
          NewExternalPort: port,
          NewProtocol: "UDP",
          NewInternalPort: local.port,
          NewInternalClient: local.address,
          NewEnabled: 1,
          NewPortMappingDescription: "pinhole",
          NewLeaseDuration: leaseS,
        },
      });
      if (!added.ok) {
        refusal = refusalOf(added.error);
        const wantsPermanent = added.error === FAULT.ONLY_PERMANENT_LEASES || added.error === FAULT.INVALID_ARGUMENTS;
        if (wantsPermanent && leaseS !== 0) leaseS = 0;
        else if (added.error === FAULT.SAME_PORTS_REQUIRED && port !== local.port) port = local.port;
        else if (added.error === FAULT.CONFLICT || added.error === FAULT.CONFLICT_WITH_OTHERS) port = this.#drawPort();
        else return err(refusal);
        continue;
      }
      const entry = yield* this.#entryAt(service, port);
      if (entry === "another-host") {
        // Somebody else's, which this gateway says to have replaced and has not.
        port = this.#drawPort();
        continue;
      }
      if (entry === "another-port" || entry === "none") {
        if (entry === "another-port") yield* this.#delete(service, port);
        return err({ code: entry === "none" ? "failed" : "wrong-internal-port" });
      }
      const address = yield* externalAddress(service);
      if (address.ok) {
        const lifetimeMs = leaseS === 0 ? null : leaseS * 1_000;
        return ok({ external: { address: address.value, port }, lifetimeMs });
      }
      yield* this.#delete(service, port);
      return address;
    }
    return err(refusal);
  }

  /** `unknown` also where the gateway cannot be asked for one entry: then the outside decides. */
  *#entryAt(service: Service, port: number): Procedure<Entry> {
    const found = yield* callService(service, {
      action: "GetSpecificPortMappingEntry",
      arguments: { NewRemoteHost: "", NewExternalPort: port, NewProtocol: "UDP" },
    });
    if (!found.ok) return found.error === FAULT.NO_SUCH_ENTRY ? "none" : "unknown";
    const { local } = this.#deps.network;
    if (childText(found.value, "NewInternalClient") !== local.address) return "another-host";
    return numberIn(found.value, "NewInternalPort", 0xffff) === local.port ? "ours" : "another-port";
  }

  *#delete(service: Service, port: number): Procedure<void> {
    yield* callService(service, {
      action: "DeletePortMapping",
      arguments: { NewRemoteHost: "", NewExternalPort: port, NewProtocol: "UDP" },
    });
  }

  #drawPort(): number {
    const [high = 0, low = 0] = this.#deps.randomBytes(2);
    return FIRST_PORT + (((high << 8) | low) % (0x1_0000 - FIRST_PORT));
  }
}

function* externalAddress(service: Service): Procedure<Result<string, Refusal>> {
  const asked = yield* callService(service, { action: "GetExternalIPAddress" });
  if (!asked.ok) return err(asked.error === "silent" ? { code: "silent" } : { code: "network-failure" });
  const address = parseAddress(childText(asked.value, "NewExternalIPAddress") ?? "");
  if (!address.ok || addressScope(address.value) === "unspecified") return err({ code: "network-failure" });
  return ok(address.value);
}
