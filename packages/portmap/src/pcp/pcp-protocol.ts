/**
 * Asks a PCP server for a mapping of our UDP port; over IPv6 the same request opens a pinhole in its firewall.
 *
 * The nonce says whose a mapping is: with another one a server refuses to renew or delete it, so the owner keeps
 * one for as long as the device lives.
 */
import { addressScope, type Endpoint, err, ok, type Result } from "@pinhole/protocol/net";
import type { CheckOutcome, GatewayNetwork, Lease, MappingProtocol, Refusal, RefusalCode, Wish } from "../contract.ts";
import { EpochWatch } from "../epoch-watch.ts";
import { exchange, HASTY_MS, PATIENT_MS, type Procedure } from "../procedure.ts";
import { decodePcpResponse, encodeAnnounce, encodeMap, PCP_PORT, PCP_RESULT, type PcpResponse } from "./message.ts";

type MapResponse = Extract<PcpResponse, { opcode: "map" }>;

const REFUSALS: ReadonlyMap<number, RefusalCode> = new Map([
  [PCP_RESULT.NOT_AUTHORIZED, "not-authorized"],
  [PCP_RESULT.NETWORK_FAILURE, "network-failure"],
  [PCP_RESULT.NO_RESOURCES, "out-of-resources"],
  [PCP_RESULT.USER_EX_QUOTA, "out-of-resources"],
  [PCP_RESULT.ADDRESS_MISMATCH, "address-mismatch"],
]);

export class PcpProtocol implements MappingProtocol {
  readonly name = "pcp";
  readonly #server: Endpoint;
  readonly #local: Endpoint;
  readonly #nonce: Uint8Array;
  readonly #epoch = new EpochWatch();

  constructor({ gateway, local }: GatewayNetwork, nonce: Uint8Array) {
    this.#server = { address: gateway, port: PCP_PORT };
    this.#local = local;
    this.#nonce = nonce;
  }

  /** Whether the gateway speaks PCP at all; a refusal is an answer too. */
  *probe(): Procedure<boolean> {
    const response = yield* this.#announce();
    return response !== undefined && response.result !== PCP_RESULT.UNSUPP_VERSION;
  }

  *map({ externalPort, lifetimeS, held }: Wish): Procedure<Result<Lease, Refusal>> {
    const response = yield* this.#askToMap(held?.external.port ?? externalPort, lifetimeS, PATIENT_MS);
    if (response === undefined) return err({ code: "silent" });
    if (response.result !== PCP_RESULT.SUCCESS) {
      const code = REFUSALS.get(response.result) ?? "failed";
      return err({ code, retryAfterMs: response.lifetimeS * 1_000 });
    }
    const external = { address: response.externalAddress, port: response.externalPort };
    if (response.internalPort !== this.#local.port) {
      yield* this.unmap();
      return err({ code: "wrong-internal-port" });
    }
    if (external.port === 0 || response.lifetimeS === 0) return err({ code: "failed" });
    if (addressScope(external.address) === "unspecified") return err({ code: "network-failure" });
    return ok({ external, lifetimeMs: response.lifetimeS * 1_000 });
  }

  *check(): Procedure<CheckOutcome> {
    const response = yield* this.#announce();
    if (response === undefined) return "silent";
    return response.hasReset ? "gone" : "holds";
  }

  *unmap(): Procedure<void> {
    yield* this.#askToMap(0, 0, HASTY_MS);
  }

  *#announce(): Procedure<(PcpResponse & { readonly hasReset: boolean }) | undefined> {
    const answer = yield* exchange({
      to: this.#server,
      bytes: encodeAnnounce(this.#local.address),
      isAnswer: (bytes) => isResponse(bytes, "announce"),
      scheduleMs: PATIENT_MS,
    });
    const decoded = answer && decodePcpResponse(answer.bytes);
    if (answer === undefined || decoded?.ok !== true) return undefined;
    return { ...decoded.value, hasReset: this.#epoch.sawReset(decoded.value.epochS, answer.at) };
  }

  *#askToMap(
    externalPort: number,
    lifetimeS: number,
    scheduleMs: readonly number[],
  ): Procedure<MapResponse | undefined> {
    const answer = yield* exchange({
      to: this.#server,
      bytes: encodeMap({
        nonce: this.#nonce,
        clientAddress: this.#local.address,
        internalPort: this.#local.port,
        externalPort,
        lifetimeS,
      }),
      isAnswer: (bytes) => this.#ownResponse(bytes) !== undefined,
      scheduleMs,
    });
    if (answer === undefined) return undefined;
    const response = this.#ownResponse(answer.bytes);
    if (response !== undefined) this.#epoch.sawReset(response.epochS, answer.at);
    return response;
  }

  #ownResponse(bytes: Uint8Array): MapResponse | undefined {
    const decoded = decodePcpResponse(bytes);
    if (!decoded.ok || decoded.value.opcode !== "map") return undefined;
    const { nonce } = decoded.value;
    return nonce.every((byte, index) => byte === this.#nonce[index]) ? decoded.value : undefined;
  }
}

function isResponse(bytes: Uint8Array, opcode: PcpResponse["opcode"]): boolean {
  const decoded = decodePcpResponse(bytes);
  return decoded.ok && decoded.value.opcode === opcode;
}
