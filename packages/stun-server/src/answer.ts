/**
 * What a STUN server says to one datagram: pure, and stateless on purpose. Nothing here
 * remembers a request, so no flood of them can fill anything.
 *
 * The source of a datagram can be forged, which makes every answer a gift to some third
 * party. Hence no SOFTWARE and no reason phrases, and an answer may outgrow its request only by what
 * XOR-MAPPED-ADDRESS itself takes; RFC 5780's extras, and any answer from another
 * socket than the one that was asked, go to requests that are padded to their size.
 */
import type { Endpoint } from "@pinhole/protocol";
import {
  type BindingRequest,
  type ChangeRequest,
  decodeStun,
  ERROR_CODE,
  encodeBindingError,
  encodeBindingSuccess,
} from "@pinhole/protocol/stun";

const CHANGE_REQUEST_TYPE = 0x0003;

export type ListeningSocket = {
  /** Where the datagram arrived. */
  readonly self: Endpoint;
  /** The socket that differs in both address and port, where there are two addresses. */
  readonly other: Endpoint | undefined;
};

export type Answer = {
  readonly bytes: Uint8Array;
  /** The socket to send from. */
  readonly from: Endpoint;
};

/** The answer to a datagram, or undefined for one that deserves none. */
export function answerDatagram(datagram: Uint8Array, source: Endpoint, socket: ListeningSocket): Answer | undefined {
  const decoded = decodeStun(datagram);
  // Responses are never answered: two servers could be made to talk to each other for ever.
  if (!decoded.ok || decoded.value.kind !== "binding-request") return undefined;
  const request = decoded.value;

  if (request.unknownAttributes.length > 0) return refuseUnknown(request, request.unknownAttributes, socket.self);
  if (socket.other === undefined) {
    // RFC 5780 §6.1: a server that has no other address does not know the attribute.
    if (request.changeRequest !== undefined) return refuseUnknown(request, [CHANGE_REQUEST_TYPE], socket.self);
    return answerPlainly(request, source, socket.self);
  }

  const from = senderOf(request.changeRequest, socket.self, socket.other);
  const full = encodeBindingSuccess({
    transactionId: request.transactionId,
    mapped: source,
    responseOrigin: from,
    otherAddress: socket.other,
    fingerprint: request.hasFingerprint,
  });
  if (full.length <= datagram.length) return { bytes: full, from };
  if (from === socket.self) return answerPlainly(request, source, socket.self);
  // Silence would read as "the NAT filters": say that the request is at fault, in no more bytes than it had.
  return { bytes: encodeBindingError({ ...replyTo(request), code: ERROR_CODE.BAD_REQUEST }), from: socket.self };
}

function senderOf(change: ChangeRequest | undefined, self: Endpoint, other: Endpoint): Endpoint {
  if (change === undefined || (!change.address && !change.port)) return self;
  return { address: change.address ? other.address : self.address, port: change.port ? other.port : self.port };
}

function answerPlainly(request: BindingRequest, source: Endpoint, from: Endpoint): Answer {
  return { bytes: encodeBindingSuccess({ ...replyTo(request), mapped: source }), from };
}

function refuseUnknown(request: BindingRequest, unknownAttributes: readonly number[], from: Endpoint): Answer {
  const bytes = encodeBindingError({ ...replyTo(request), code: ERROR_CODE.UNKNOWN_ATTRIBUTE, unknownAttributes });
  return { bytes, from };
}

function replyTo({ transactionId, hasFingerprint }: BindingRequest) {
  return { transactionId, fingerprint: hasFingerprint };
}
