export {
  type GatewayNetwork,
  HTTP_TIMEOUT_MS,
  type HttpAnswer,
  type HttpRequest,
  type HttpTarget,
  MAX_HTTP_BODY_BYTES,
  type ProtocolName,
} from "./contract.ts";
export { NONCE_BYTES } from "./pcp/message.ts";
export {
  type HeldMapping,
  type MapperSnapshot,
  type MapperState,
  PortMapper,
  type PortMapperEffects,
} from "./port-mapper.ts";
