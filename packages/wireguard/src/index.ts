export { type Aead, nodeAead, type Opener, type Sealer } from "./aead.ts";
export {
  type AddPeerError,
  type DeviceOptions,
  type PeerOptions,
  type SourceAddress,
  WireGuardDevice,
} from "./device.ts";
export { MAX_PACKET_BYTES } from "./constants.ts";
export type { Counter } from "./counter.ts";
export type { PartOf } from "./inner-packet.ts";
export { type Limits, PROTOCOL_LIMITS } from "./limits.ts";
export { isWireGuard, type MessageKind, messageKind } from "./message.ts";
export type { DeviceEvents, InputResult, PeerHandle, SendResult } from "./peer-handle.ts";
export { datagramBytes, TRANSPORT_HEADER_BYTES } from "./transport-data.ts";
export { generateKeyPair, type KeyPair, publicKeyOf, sharedSecret } from "./x25519.ts";
