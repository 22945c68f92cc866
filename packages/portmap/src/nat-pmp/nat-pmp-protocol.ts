/** Asks a NAT-PMP gateway for a mapping of our UDP port. IPv4 alone. */
import { addressScope, type Endpoint, err, ok, type Result } from "@pinhole/protocol/net";
import type { CheckOutcome, GatewayNetwork, Lease, MappingProtocol, Refusal, RefusalCode, Wish } from "../contract.ts";
import { EpochWatch } from "../epoch-watch.ts";
import { exchange, HASTY_MS, PATIENT_MS, type Procedure } from "../procedure.ts";
import {
  decodeNatPmpResponse,
  encodeExternalAddressRequest,
  encodeMapRequest,
  NAT_PMP_PORT,
  NAT_PMP_RESULT,
  type NatPmpResponse,
} from "./message.ts";

type Response<Opcode extends NatPmpResponse["opcode"]> = Extract<NatPmpResponse, { opcode: Opcode }>;

const REFUSALS: ReadonlyMap<number, RefusalCode> = new Map([
  [NAT_PMP_RESULT.NOT_AUTHORIZED, "not-authorized"],
  [NAT_PMP_RESULT.NETWORK_FAILURE, "network-failure"],
  [NAT_PMP_RESULT.OUT_OF_RESOURCES, "out-of-resources"],
]);

export class NatPmpProtocol implements MappingProtocol {
  readonly name = "nat-pmp";
  readonly #server: Endpoint;
  readonly #internalPort: number;
  readonly #epoch = new EpochWatch();

  constructor({ gateway, local }: GatewayNetwork) {
    this.#server = { address: gateway, port: NAT_PMP_PORT };
    this.#internalPort = local.port;
  }

  /** Whether the gateway speaks NAT-PMP at all; a refusal is an answer too. */
  *probe(): Procedure<boolean> {
    return (yield* this.#externalAddress()) !== undefined;
  }

  *map({ externalPort, lifetimeS, held }: Wish): Procedure<Result<Lease, Refusal>> {
    const wished = held?.external.port ?? externalPort;
    const granted = yield* this.#ask("map", encodeMapRequest(this.#internalPort, wished, lifetimeS), PATIENT_MS);
    if (granted === undefined) return err({ code: "silent" });
    if (granted.result !== NAT_PMP_RESULT.SUCCESS) return err({ code: REFUSALS.get(granted.result) ?? "failed" });
    if (granted.internalPort !== this.#internalPort) {
      yield* this.unmap();
      return err({ code: "wrong-internal-port" });
    }
    if (granted.externalPort === 0 || granted.lifetimeS === 0) return err({ code: "failed" });
    const outside = yield* this.#externalAddress();
    if (outside === undefined) return err({ code: "silent" });
    const isAddress = outside.result === NAT_PMP_RESULT.SUCCESS;
    if (!isAddress || addressScope(outside.externalAddress) === "unspecified") return err({ code: "network-failure" });
    const external = { address: outside.externalAddress, port: granted.externalPort };
    return ok({ external, lifetimeMs: granted.lifetimeS * 1_000 });
  }

  *check({ external }: Lease): Procedure<CheckOutcome> {
    const outside = yield* this.#externalAddress();
    if (outside === undefined) return "silent";
    return outside.hasReset || outside.externalAddress !== external.address ? "gone" : "holds";
  }

  *unmap(): Procedure<void> {
    yield* this.#ask("map", encodeMapRequest(this.#internalPort, 0, 0), HASTY_MS);
  }

  #externalAddress() {
    return this.#ask("external-address", encodeExternalAddressRequest(), PATIENT_MS);
  }

  *#ask<Opcode extends NatPmpResponse["opcode"]>(
    opcode: Opcode,
    bytes: Uint8Array,
    scheduleMs: readonly number[],
  ): Procedure<(Response<Opcode> & { readonly hasReset: boolean }) | undefined> {
    const answer = yield* exchange({
      to: this.#server,
      bytes,
      isAnswer: (received) => decodeAs(opcode, received) !== undefined,
      scheduleMs,
    });
    const response = answer && decodeAs(opcode, answer.bytes);
    if (answer === undefined || response === undefined) return undefined;
    return { ...response, hasReset: this.#epoch.sawReset(response.epochS, answer.at) };
  }
}

/**
 * An answer to what was asked. "Unsupported version" is none: a gateway that speaks only PCP, or only this, says it to the
 * other's requests too, from the same port.
 */
function decodeAs<Opcode extends NatPmpResponse["opcode"]>(
  opcode: Opcode,
  bytes: Uint8Array,
): Response<Opcode> | undefined {
  const decoded = decodeNatPmpResponse(bytes);
  if (!decoded.ok || decoded.value.opcode !== opcode) return undefined;
  if (decoded.value.result === NAT_PMP_RESULT.UNSUPPORTED_VERSION) return undefined;
  return decoded.value as Response<Opcode>;
}
