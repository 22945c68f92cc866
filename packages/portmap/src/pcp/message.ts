/**
 * Port Control Protocol, version 2 (RFC 6887 §7, §11.1, §14.1): the MAP and ANNOUNCE opcodes, without options.
 *
 *     request   02 | 0 opcode 7 | 0 (16)          | lifetime 32 | client address 128
 *     response  02 | 1 opcode 7 | 0 (8) | result 8 | lifetime 32 | epoch 32 | 0 (96)
 *     MAP       nonce 96 | protocol 8 | 0 (24) | internal port 16 | external port 16 | external address 128
 *
 * IPv4 addresses are written as IPv4-mapped IPv6. In a response that is an error, lifetime is how long it will stand.
 */
import { addressFamily, addressFromBytes, addressToBytes, err, ok, type Result } from "@pinhole/protocol/net";
import { ByteReader, ByteWriter } from "@pinhole/protocol/wire";

export const PCP_PORT = 5351;
export const NONCE_BYTES = 12;

const VERSION = 2;
const RESPONSE_BIT = 0x80;
const OPCODE = { ANNOUNCE: 0, MAP: 1 } as const;
const UDP = 17;
const MAX_BYTES = 1_100;

export const PCP_RESULT = {
  SUCCESS: 0,
  UNSUPP_VERSION: 1,
  NOT_AUTHORIZED: 2,
  NETWORK_FAILURE: 7,
  NO_RESOURCES: 8,
  USER_EX_QUOTA: 10,
  ADDRESS_MISMATCH: 12,
} as const;

export type MapFields = {
  readonly nonce: Uint8Array;
  readonly clientAddress: string;
  readonly internalPort: number;
  readonly externalPort: number;
  /** Zero deletes. */
  readonly lifetimeS: number;
};

export type PcpResponse = {
  readonly result: number;
  readonly lifetimeS: number;
  readonly epochS: number;
} & (
  | { readonly opcode: "announce" }
  | {
      readonly opcode: "map";
      readonly nonce: Uint8Array;
      readonly internalPort: number;
      readonly externalPort: number;
      readonly externalAddress: string;
    }
);

export function encodeAnnounce(clientAddress: string): Uint8Array {
  return begin(OPCODE.ANNOUNCE, 0, clientAddress).finish();
}

export function encodeMap({ nonce, clientAddress, internalPort, externalPort, lifetimeS }: MapFields): Uint8Array {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes`);
  const writer = begin(OPCODE.MAP, lifetimeS, clientAddress).bytes(nonce).u8(UDP).zeros(3);
  // No wish for an address: all zeros of the family (§11.1).
  const anyAddress = addressFamily(clientAddress) === 4 ? mappedBytes("0.0.0.0") : new Uint8Array(16);
  return writer.u16(internalPort).u16(externalPort).bytes(anyAddress).finish();
}

/** Everything in it is the sender's claim until nonce and source have been compared. */
export function decodePcpResponse(bytes: Uint8Array): Result<PcpResponse, "not-pcp" | "malformed" | "unsupported"> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const opcode = reader.u8();
  if (version !== VERSION || (opcode & RESPONSE_BIT) === 0) return err("not-pcp");
  if (bytes.length > MAX_BYTES || bytes.length % 4 !== 0) return err("malformed");
  reader.skip(1);
  const result = reader.u8();
  const lifetimeS = reader.u32();
  const epochS = reader.u32();
  reader.skip(12);
  const header = { result, lifetimeS, epochS };
  switch (opcode & ~RESPONSE_BIT) {
    case OPCODE.ANNOUNCE:
      return reader.overran ? err("malformed") : ok({ opcode: "announce", ...header });
    case OPCODE.MAP: {
      const nonce = reader.bytes(NONCE_BYTES);
      const protocol = reader.u8();
      reader.skip(3);
      const internalPort = reader.u16();
      const externalPort = reader.u16();
      const address = reader.bytes(16);
      if (reader.overran || protocol !== UDP) return err("malformed");
      return ok({
        opcode: "map",
        ...header,
        nonce,
        internalPort,
        externalPort,
        externalAddress: addressFromBytes(address),
      });
    }
    default:
      return err("unsupported");
  }
}

function begin(opcode: number, lifetimeS: number, clientAddress: string): ByteWriter {
  return new ByteWriter().u8(VERSION).u8(opcode).zeros(2).u32(lifetimeS).bytes(mappedBytes(clientAddress));
}

function mappedBytes(address: string): Uint8Array {
  const bytes = addressToBytes(address);
  if (bytes.length === 16) return bytes;
  const mapped = new Uint8Array(16);
  mapped.set([0xff, 0xff], 10);
  mapped.set(bytes, 12);
  return mapped;
}
