/** The bytes of a question to a STUN server. */
import { addressFamily, type Endpoint } from "@pinhole/protocol";
import {
  type ChangeRequest,
  encodeBindingRequest,
  FULL_RESPONSE_BYTES,
  PLAIN_RESPONSE_BYTES,
  PROOF_ATTRIBUTE_BYTES,
  paddingFor,
} from "@pinhole/protocol/stun";

export type BindingQuestion = {
  readonly server: Endpoint;
  readonly changeRequest?: ChangeRequest | undefined;
  readonly responsePort?: number | undefined;
  /** Also for the server's other address, which only a request of the answer's size is told. */
  readonly wantsOther?: boolean | undefined;
};

/** As large as the answer it asks for, with its proof: see the reason in the protocol's binding.ts. */
export function encodeQuestion(
  { server, changeRequest, responsePort, wantsOther = false }: BindingQuestion,
  transactionId: Uint8Array,
): Uint8Array {
  const sizes = changeRequest !== undefined || wantsOther ? FULL_RESPONSE_BYTES : PLAIN_RESPONSE_BYTES;
  // What is sent elsewhere proves nothing of where it came from.
  const proofBytes = responsePort === undefined ? PROOF_ATTRIBUTE_BYTES : 0;
  const size = sizes[addressFamily(server.address)] + proofBytes;
  const paddingBytes = paddingFor(size, changeRequest, responsePort);
  return encodeBindingRequest({ transactionId, changeRequest, responsePort, paddingBytes });
}

/** A transaction as the key of a table. */
export function keyOf(transactionId: Uint8Array): string {
  return transactionId.join(".");
}
