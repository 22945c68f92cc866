/**
 * What a STUN server says to one datagram: pure, and stateless on purpose. Nothing here
 * remembers a request, so no flood of them can fill anything.
 *
 * The source of a datagram can be forged, which makes every answer a gift to some third
 * party. Hence no SOFTWARE, no reason phrases, and no answer that is larger than its request: whoever
 * asks pads the question to the size of the answer, and a bare request is not answered at all.
 */
import type { Endpoint } from "@pinhole/protocol";
import {
  type BindingRequest,
  type BindingSuccessFields,
  type ChangeRequest,
  decodeStun,
  ERROR_CODE,
  encodeBindingError,
  encodeBindingSuccess,
  PROOF_ATTRIBUTE_BYTES,
} from "@pinhole/protocol/stun";

const CHANGE_REQUEST_TYPE = 0x0003;

export type ListeningSocket = {
  /** Where the datagram arrived. */
  readonly self: Endpoint;
  /** The socket that differs in both address and port, where there are two addresses. */
  readonly other: Endpoint | undefined;
  /** Signs the source of a request for whom has to believe it; not every server has a key that somebody checks. */
  readonly prove?: ((source: Endpoint) => Uint8Array) | undefined;
};

export type Answer = {
  readonly bytes: Uint8Array;
  /** The socket to send from. */
  readonly from: Endpoint;
  readonly to: Endpoint;
};

/** The answer to a datagram, or undefined for one that deserves none. */
export function answerDatagram(datagram: Uint8Array, source: Endpoint, socket: ListeningSocket): Answer | undefined {
  const answer = answerOf(datagram, source, socket);
  return answer !== undefined && answer.bytes.length <= datagram.length ? answer : undefined;
}

function answerOf(datagram: Uint8Array, source: Endpoint, socket: ListeningSocket): Answer | undefined {
  const decoded = decodeStun(datagram);
  // Responses are never answered: two servers could be made to talk to each other for ever.
  if (!decoded.ok || decoded.value.kind !== "binding-request") return undefined;
  const request = decoded.value;

  if (request.unknownAttributes.length > 0)
    return refuseUnknown(request, request.unknownAttributes, { source, socket });
  if (request.responsePort !== undefined)
    return answerElsewhere(request, request.responsePort, { datagram, source, socket });
  if (socket.other === undefined) {
    // RFC 5780 §6.1: a server that has no other address does not know the attribute.
    if (request.changeRequest !== undefined) return refuseUnknown(request, [CHANGE_REQUEST_TYPE], { source, socket });
    return answerPlainly(request, { datagram, source, socket });
  }

  const from = senderOf(request.changeRequest, socket.self, socket.other);
  const full = { ...replyTo(request), mapped: source, responseOrigin: from, otherAddress: socket.other };
  const bytes = encodeWithin(datagram.length, full, { source, socket });
  if (bytes.length <= datagram.length) return { bytes, from, to: source };
  if (from === socket.self) return answerPlainly(request, { datagram, source, socket });
  return refuseAsSmall(request, { source, socket });
}

function senderOf(change: ChangeRequest | undefined, self: Endpoint, other: Endpoint): Endpoint {
  if (change === undefined || (!change.address && !change.port)) return self;
  return { address: change.address ? other.address : self.address, port: change.port ? other.port : self.port };
}

/** At another port of the source, which gains nobody anything: whoever can forge a source can forge its port. */
function answerElsewhere(request: BindingRequest, port: number, { datagram, source, socket }: Arrival): Answer {
  const bytes = encodeBindingSuccess({ ...replyTo(request), mapped: source });
  const isAsked = request.changeRequest === undefined && bytes.length <= datagram.length;
  if (!isAsked) return refuseAsSmall(request, { source, socket });
  return { bytes, from: socket.self, to: { address: source.address, port } };
}

type Arrival = { readonly datagram: Uint8Array; readonly source: Endpoint; readonly socket: ListeningSocket };

function answerPlainly(request: BindingRequest, { datagram, source, socket }: Arrival): Answer {
  const plain = { ...replyTo(request), mapped: source };
  return { bytes: encodeWithin(datagram.length, plain, { source, socket }), from: socket.self, to: source };
}

/** With the proof where `size` has room for it. */
function encodeWithin(
  size: number,
  fields: BindingSuccessFields,
  { source, socket }: Pick<Arrival, "source" | "socket">,
): Uint8Array {
  const bytes = encodeBindingSuccess(fields);
  if (socket.prove === undefined || bytes.length + PROOF_ATTRIBUTE_BYTES > size) return bytes;
  return encodeBindingSuccess({ ...fields, proof: socket.prove(source) });
}

/** Silence would read as "the NAT filters": says that the request is at fault, in no more bytes than it had. */
function refuseAsSmall(request: BindingRequest, { source, socket }: Pick<Arrival, "source" | "socket">): Answer {
  const bytes = encodeBindingError({ ...replyTo(request), code: ERROR_CODE.BAD_REQUEST });
  return { bytes, from: socket.self, to: source };
}

function refuseUnknown(
  request: BindingRequest,
  unknownAttributes: readonly number[],
  { source, socket }: Pick<Arrival, "source" | "socket">,
): Answer {
  const bytes = encodeBindingError({ ...replyTo(request), code: ERROR_CODE.UNKNOWN_ATTRIBUTE, unknownAttributes });
  return { bytes, from: socket.self, to: source };
}

function replyTo({ transactionId, hasFingerprint }: BindingRequest) {
  return { transactionId, fingerprint: hasFingerprint };
}
