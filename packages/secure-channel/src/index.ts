export { CipherChannel, MAX_MESSAGE_BYTES as MAX_FRAME_BYTES, MAX_PLAINTEXT_BYTES } from "./cipher-channel.ts";
export { type ChannelFailure, FAILURE_CLOSE_CODE } from "./failure.ts";
export { FINGERPRINT_BYTES, fingerprintOf } from "./fingerprint.ts";
export {
  CONTROL_PROLOGUE,
  type Established,
  type ExpectedServer,
  NoiseInitiator,
  NoiseResponder,
  PROTOCOL_NAME,
} from "./noise-nx.ts";
export type { RawSocket } from "./raw-socket.ts";
export {
  type AcceptOptions,
  acceptSecureSocket,
  type SecureServerSocket,
  type SocketLimits,
} from "./secure-server-socket.ts";
export {
  SecureWebSocket,
  type SecureWebSocketOptions,
  type Session,
  secureWebSocketClass,
} from "./secure-web-socket.ts";
export { type SignaturePurpose, signatureInput } from "./signature-input.ts";
export { type KeyPair, keyPairOf } from "./x25519.ts";
