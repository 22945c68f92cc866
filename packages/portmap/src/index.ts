export {
  type GatewayNetwork,
  type HeldMapping,
  HTTP_TIMEOUT_MS,
  type HttpAnswer,
  type HttpRequest,
  type MapperSnapshot,
  MAX_HTTP_BODY_BYTES,
  type ProtocolName,
} from "./contract.ts";
export { NONCE_BYTES } from "./pcp/message.ts";
export { PortMapper } from "./port-mapper.ts";
