/**
 * NAT Port Mapping Protocol (RFC 6886 §3): external address and UDP mappings.
 *
 *     request   00 | 00                                                   external address?
 *               00 | 01 | 0 (16) | internal port 16 | wished port 16 | lifetime 32
 *     response  00 | 80 | result 16 | epoch 32 | external address 32
 *               00 | 81 | result 16 | epoch 32 | internal port 16 | external port 16 | lifetime 32
 */
import { addressFromBytes, err, ok, type Result } from "@pinhole/protocol/net";
import { ByteReader, ByteWriter } from "@pinhole/protocol/wire";

export const NAT_PMP_PORT = 5351;

const VERSION = 0;
const OPCODE = { EXTERNAL_ADDRESS: 0, MAP_UDP: 1 } as const;
const RESPONSE_BIT = 0x80;

export const NAT_PMP_RESULT = {
  SUCCESS: 0,
  UNSUPPORTED_VERSION: 1,
  NOT_AUTHORIZED: 2,
  NETWORK_FAILURE: 3,
  OUT_OF_RESOURCES: 4,
} as const;

export type NatPmpResponse = { readonly result: number; readonly epochS: number } & (
  | { readonly opcode: "external-address"; readonly externalAddress: string }
  | {
      readonly opcode: "map";
      readonly internalPort: number;
      readonly externalPort: number;
      readonly lifetimeS: number;
    }
);

export function encodeExternalAddressRequest(): Uint8Array {
  return Uint8Array.of(VERSION, OPCODE.EXTERNAL_ADDRESS);
}

/** A lifetime of zero deletes. */
export function encodeMapRequest(internalPort: number, externalPort: number, lifetimeS: number): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(OPCODE.MAP_UDP).zeros(2);
  return writer.u16(internalPort).u16(externalPort).u32(lifetimeS).finish();
}

/** An error may end after the epoch; what it leaves out reads as zeros. */
export function decodeNatPmpResponse(bytes: Uint8Array): Result<NatPmpResponse, "not-nat-pmp" | "malformed"> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const opcode = reader.u8();
  const result = reader.u16();
  const epochS = reader.u32();
  if (reader.overran) return err("malformed");
  if (version !== VERSION) return err("not-nat-pmp");
  const isComplete = (): boolean => !reader.overran || result !== NAT_PMP_RESULT.SUCCESS;
  switch (opcode) {
    case RESPONSE_BIT | OPCODE.EXTERNAL_ADDRESS: {
      const address = reader.bytes(4);
      if (!isComplete()) return err("malformed");
      const externalAddress = address.length === 4 ? addressFromBytes(address) : "0.0.0.0";
      return ok({ opcode: "external-address", result, epochS, externalAddress });
    }
    case RESPONSE_BIT | OPCODE.MAP_UDP: {
      const [internalPort, externalPort, lifetimeS] = [reader.u16(), reader.u16(), reader.u32()];
      if (!isComplete()) return err("malformed");
      return ok({ opcode: "map", result, epochS, internalPort, externalPort, lifetimeS });
    }
    default:
      return err("not-nat-pmp");
  }
}
