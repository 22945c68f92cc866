/**
 * The STUN messages in use: Binding request, indication, success response and error response (RFC 8489,
 * with the attributes of RFC 5780 for behaviour discovery).
 *
 * Everything decoded here is the sender's claim. A response means something only after its
 * transaction ID and its source have been matched with a request that was really sent.
 */
import type { Endpoint } from "../endpoint.ts";
import { err, ok, type Result } from "../result.ts";
import { ENDPOINT_PROOF_BYTES } from "./binding.ts";
import { ATTRIBUTE, findAttribute, unknownRequired } from "./attribute.ts";
import { type ChangeRequest, decodeChangeRequest } from "./change-request.ts";
import { decodeErrorCode, decodeUnknownAttributes } from "./error-code.ts";
import { hasSoundFingerprint } from "./fingerprint.ts";
import { decodeHeader, MESSAGE_TYPE, type RawMessage } from "./header.ts";
import { decodeAddress, decodeXorAddress } from "./mapped-address.ts";
import { decodeResponsePort } from "./response-port.ts";

export type BindingRequest = {
  readonly kind: "binding-request";
  readonly transactionId: Uint8Array;
  readonly changeRequest: ChangeRequest | undefined;
  /** To which port of its source the answer is to go, where not to the one that it came from. */
  readonly responsePort: number | undefined;
  /** Comprehension-required attributes that we do not know: to be answered with error 420. */
  readonly unknownAttributes: readonly number[];
  readonly hasFingerprint: boolean;
};

export type BindingSuccess = {
  readonly kind: "binding-success";
  readonly transactionId: Uint8Array;
  /** Where the request came from, as the server saw it: our server-reflexive endpoint. */
  readonly mapped: Endpoint;
  readonly responseOrigin: Endpoint | undefined;
  readonly otherAddress: Endpoint | undefined;
  /** To hand to the dashboard, which believes it where it believes no word of ours. */
  readonly proof: Uint8Array | undefined;
};

export type BindingError = {
  readonly kind: "binding-error";
  readonly transactionId: Uint8Array;
  readonly code: number;
  readonly unknownAttributes: readonly number[];
};

export type BindingIndication = {
  readonly kind: "binding-indication";
  readonly transactionId: Uint8Array;
};

export type StunMessage = BindingRequest | BindingSuccess | BindingError | BindingIndication;

export type StunError = "not-stun" | "malformed" | "bad-fingerprint" | "unsupported" | "unknown-attribute";

export function decodeStun(bytes: Uint8Array): Result<StunMessage, StunError> {
  const header = decodeHeader(bytes);
  if (!header.ok) return header;
  if (!hasSoundFingerprint(bytes, header.value.attributes)) return err("bad-fingerprint");
  switch (header.value.type) {
    case MESSAGE_TYPE.BINDING_REQUEST:
      return decodeRequest(header.value);
    case MESSAGE_TYPE.BINDING_INDICATION:
      return decodeIndication(header.value);
    case MESSAGE_TYPE.BINDING_SUCCESS:
      return decodeSuccess(header.value);
    case MESSAGE_TYPE.BINDING_ERROR:
      return decodeError(header.value);
    default:
      return err("unsupported");
  }
}

function decodeRequest({ transactionId, attributes }: RawMessage): Result<BindingRequest, StunError> {
  const value = findAttribute(attributes, ATTRIBUTE.CHANGE_REQUEST);
  const changeRequest = value && decodeChangeRequest(value);
  if (value !== undefined && changeRequest === undefined) return err("malformed");
  const port = findAttribute(attributes, ATTRIBUTE.RESPONSE_PORT);
  const responsePort = port && decodeResponsePort(port);
  if (port !== undefined && responsePort === undefined) return err("malformed");
  return ok({
    kind: "binding-request",
    transactionId,
    changeRequest,
    responsePort,
    unknownAttributes: unknownRequired(attributes),
    hasFingerprint: findAttribute(attributes, ATTRIBUTE.FINGERPRINT) !== undefined,
  });
}

function decodeSuccess({ transactionId, attributes }: RawMessage): Result<BindingSuccess, StunError> {
  if (unknownRequired(attributes).length > 0) return err("unknown-attribute");
  const xored = findAttribute(attributes, ATTRIBUTE.XOR_MAPPED_ADDRESS);
  const mapped = xored && decodeXorAddress(xored, transactionId);
  if (mapped === undefined) return err("malformed");
  return ok({
    kind: "binding-success",
    transactionId,
    mapped,
    responseOrigin: addressIn(findAttribute(attributes, ATTRIBUTE.RESPONSE_ORIGIN)),
    otherAddress: addressIn(findAttribute(attributes, ATTRIBUTE.OTHER_ADDRESS)),
    proof: proofIn(findAttribute(attributes, ATTRIBUTE.ENDPOINT_PROOF)),
  });
}

function decodeIndication({ transactionId, attributes }: RawMessage): Result<BindingIndication, StunError> {
  if (unknownRequired(attributes).length > 0) return err("unknown-attribute");
  return ok({ kind: "binding-indication", transactionId });
}

function decodeError({ transactionId, attributes }: RawMessage): Result<BindingError, StunError> {
  const value = findAttribute(attributes, ATTRIBUTE.ERROR_CODE);
  const code = value && decodeErrorCode(value);
  if (code === undefined) return err("malformed");
  const unknown = findAttribute(attributes, ATTRIBUTE.UNKNOWN_ATTRIBUTES);
  const unknownAttributes = unknown === undefined ? [] : decodeUnknownAttributes(unknown);
  return ok({ kind: "binding-error", transactionId, code, unknownAttributes });
}

/** RESPONSE-ORIGIN and OTHER-ADDRESS are comprehension-optional: one that cannot be read counts as absent. */
function addressIn(value: Uint8Array | undefined): Endpoint | undefined {
  return value && decodeAddress(value);
}

function proofIn(value: Uint8Array | undefined): Uint8Array | undefined {
  return value?.length === ENDPOINT_PROOF_BYTES ? value : undefined;
}
