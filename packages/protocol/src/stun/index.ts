export {
  type BindingErrorFields,
  type BindingRequestFields,
  type BindingSuccessFields,
  encodeBindingError,
  encodeBindingIndication,
  encodeBindingRequest,
  encodeBindingSuccess,
  ENDPOINT_PROOF_BYTES,
  FULL_RESPONSE_BYTES,
  paddingFor,
  PLAIN_RESPONSE_BYTES,
  PROOF_ATTRIBUTE_BYTES,
} from "./binding.ts";
export type { ChangeRequest } from "./change-request.ts";
export { ERROR_CODE } from "./error-code.ts";
export { isStun, TRANSACTION_ID_BYTES } from "./header.ts";
export {
  type BindingError,
  type BindingIndication,
  type BindingRequest,
  type BindingSuccess,
  decodeStun,
  type StunError,
  type StunMessage,
} from "./message.ts";
