/**
 * Writes the Binding messages of {@link StunMessage}.
 *
 * A STUN server answers to whatever source a datagram claims, so an answer that is larger than its
 * request is a lever for attacks on third parties. Our agents therefore pad their requests to the
 * size of the answer that they expect, and our server gives nothing extra to a request that is smaller.
 */
import type { AddressFamily, Endpoint } from "../endpoint.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { ATTRIBUTE, writeAttribute } from "./attribute.ts";
import { type ChangeRequest, encodeChangeRequest } from "./change-request.ts";
import { encodeErrorCode, encodeUnknownAttributes } from "./error-code.ts";
import { FINGERPRINT_BYTES, fingerprintOf } from "./fingerprint.ts";
import { HEADER_BYTES, MAGIC_COOKIE, MESSAGE_TYPE, TRANSACTION_ID_BYTES } from "./header.ts";
import { encodeAddress, encodeXorAddress } from "./mapped-address.ts";
import { encodeResponsePort } from "./response-port.ts";

/** A success response with XOR-MAPPED-ADDRESS alone. */
export const PLAIN_RESPONSE_BYTES: Record<AddressFamily, number> = { 4: 32, 6: 44 };

/** A success response with RESPONSE-ORIGIN and OTHER-ADDRESS as well. */
export const FULL_RESPONSE_BYTES: Record<AddressFamily, number> = { 4: 56, 6: 92 };

/** Of HMAC-SHA256: nobody gets more than one guess a round trip. */
export const ENDPOINT_PROOF_BYTES = 16;

const ATTRIBUTE_HEADER_BYTES = 4;

/** What ENDPOINT-PROOF adds to a success response. */
export const PROOF_ATTRIBUTE_BYTES = ATTRIBUTE_HEADER_BYTES + ENDPOINT_PROOF_BYTES;

/** A request stays far below any MTU; the filler exists to match an answer, not to test the path. */
const MAX_FILLER_BYTES = 1_000;

/** The `paddingBytes` that bring a request up to `size` bytes: none where it has them already. */
export function paddingFor(size: number, changeRequest?: ChangeRequest, responsePort?: number): number {
  const asked = [changeRequest, responsePort].filter((field) => field !== undefined).length;
  const missing = size - HEADER_BYTES - asked * (ATTRIBUTE_HEADER_BYTES + 4);
  return missing <= 0 ? 0 : Math.max(1, missing - ATTRIBUTE_HEADER_BYTES);
}

export type BindingRequestFields = {
  readonly transactionId: Uint8Array;
  readonly changeRequest?: ChangeRequest | undefined;
  readonly responsePort?: number | undefined;
  /** Zeros for the server to skip: see {@link paddingFor}. */
  readonly paddingBytes?: number | undefined;
  readonly fingerprint?: boolean | undefined;
};

export function encodeBindingRequest(fields: BindingRequestFields): Uint8Array {
  const { transactionId, changeRequest, responsePort, paddingBytes = 0, fingerprint = false } = fields;
  if (paddingBytes > MAX_FILLER_BYTES) throw new RangeError(`at most ${MAX_FILLER_BYTES} bytes of padding`);
  const writer = begin(MESSAGE_TYPE.BINDING_REQUEST, transactionId);
  if (changeRequest !== undefined) {
    writeAttribute(writer, { type: ATTRIBUTE.CHANGE_REQUEST, value: encodeChangeRequest(changeRequest) });
  }
  if (responsePort !== undefined) {
    writeAttribute(writer, { type: ATTRIBUTE.RESPONSE_PORT, value: encodeResponsePort(responsePort) });
  }
  if (paddingBytes > 0) writeAttribute(writer, { type: ATTRIBUTE.FILLER, value: new Uint8Array(paddingBytes) });
  return finish(writer, fingerprint);
}

export type BindingSuccessFields = {
  readonly transactionId: Uint8Array;
  readonly mapped: Endpoint;
  readonly responseOrigin?: Endpoint | undefined;
  readonly otherAddress?: Endpoint | undefined;
  /** {@link ENDPOINT_PROOF_BYTES} that the server can check later. */
  readonly proof?: Uint8Array | undefined;
  readonly fingerprint?: boolean | undefined;
};

export function encodeBindingSuccess(fields: BindingSuccessFields): Uint8Array {
  const { transactionId, mapped, responseOrigin, otherAddress, proof, fingerprint = false } = fields;
  const writer = begin(MESSAGE_TYPE.BINDING_SUCCESS, transactionId);
  writeAttribute(writer, { type: ATTRIBUTE.XOR_MAPPED_ADDRESS, value: encodeXorAddress(mapped, transactionId) });
  if (responseOrigin !== undefined) {
    writeAttribute(writer, { type: ATTRIBUTE.RESPONSE_ORIGIN, value: encodeAddress(responseOrigin) });
  }
  if (otherAddress !== undefined) {
    writeAttribute(writer, { type: ATTRIBUTE.OTHER_ADDRESS, value: encodeAddress(otherAddress) });
  }
  if (proof !== undefined) writeAttribute(writer, { type: ATTRIBUTE.ENDPOINT_PROOF, value: proof });
  return finish(writer, fingerprint);
}

/** Answered by nobody: it shows that it came through. */
export function encodeBindingIndication(transactionId: Uint8Array): Uint8Array {
  return begin(MESSAGE_TYPE.BINDING_INDICATION, transactionId).finish();
}

export type BindingErrorFields = {
  readonly transactionId: Uint8Array;
  readonly code: number;
  readonly unknownAttributes?: readonly number[] | undefined;
  readonly fingerprint?: boolean | undefined;
};

export function encodeBindingError(fields: BindingErrorFields): Uint8Array {
  const { transactionId, code, unknownAttributes = [], fingerprint = false } = fields;
  const writer = begin(MESSAGE_TYPE.BINDING_ERROR, transactionId);
  writeAttribute(writer, { type: ATTRIBUTE.ERROR_CODE, value: encodeErrorCode(code) });
  if (unknownAttributes.length > 0) {
    writeAttribute(writer, { type: ATTRIBUTE.UNKNOWN_ATTRIBUTES, value: encodeUnknownAttributes(unknownAttributes) });
  }
  return finish(writer, fingerprint);
}

function begin(type: number, transactionId: Uint8Array): ByteWriter {
  if (transactionId.length !== TRANSACTION_ID_BYTES) {
    throw new RangeError(`a transaction ID has ${TRANSACTION_ID_BYTES} bytes`);
  }
  return new ByteWriter().u16(type).u16(0).u32(MAGIC_COOKIE).bytes(transactionId);
}

function finish(writer: ByteWriter, fingerprint: boolean): Uint8Array {
  const length = writer.length - HEADER_BYTES;
  writer.patchU16(2, fingerprint ? length + FINGERPRINT_BYTES : length);
  if (!fingerprint) return writer.finish();
  const checksum = fingerprintOf(writer.finish());
  return writer.u16(ATTRIBUTE.FINGERPRINT).u16(4).u32(checksum).finish();
}
