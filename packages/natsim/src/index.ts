export { Attachment, type AttachmentOptions, type LineOptions } from "./attachment.ts";
export { type HostOptions, SimHost, type SocketOptions } from "./host.ts";
export type { Fate } from "./ledger.ts";
export type { LinkOptions } from "./link.ts";
export type { BurstLoss } from "./loss.ts";
export type { AllocationOptions } from "./nat/allocation.ts";
export {
  type MappingAnswer,
  type MappingRequest,
  MappingServer,
  type MappingServerOptions,
} from "./mapping-server.ts";
export { Nat } from "./nat/nat.ts";
export type {
  BackgroundOptions,
  Dependence,
  NatLimits,
  NatOptions,
  NatTimeouts,
  Unsolicited,
} from "./nat/options.ts";
export { CLASSIC_NATS, type ClassicNat, LINUX_NAT, NAT_CLASSES, type NatClass } from "./nat/presets.ts";
export { SimNetwork } from "./network.ts";
export type { ClatOptions } from "./clat.ts";
export type { Nat64Options } from "./nat64.ts";
export type { PassageOptions } from "./passage.ts";
export type { DropReason, Place } from "./place.ts";
export { type RouterOptions, SimRouter } from "./router.ts";
export { SeededRandom } from "./seeded-random.ts";
export { type PacketView, Segment, type SegmentOptions } from "./segment.ts";
export { type SendOptions, SimSocket, type SocketError } from "./socket.ts";
export type { Rate } from "./token-bucket.ts";
export { addStunServer, type SimStunServer, type StunServerOptions } from "./stun-server.ts";
export { VirtualTime } from "./virtual-time.ts";
