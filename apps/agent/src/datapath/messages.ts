/** What the two threads say to each other. Both ends are this program's own, so nothing is validated. */
import type { MessagePort } from "node:worker_threads";
import type { DeviceId, Endpoint } from "@pinhole/protocol/net";
import type {
  DatapathConfig,
  DatapathErrorCode,
  DatapathRefusal,
  DatapathSocket,
  PeerTimestamps,
  PingReply,
  Route,
  SendOptions,
  SocketId,
  Via,
} from "./contract.ts";
import type { SharedCounters } from "./counters.ts";

export type ToWorker =
  /** `slots` are places in the counters, one for each peer in order. */
  | { readonly kind: "configure"; readonly config: DatapathConfig; readonly slots: readonly number[] }
  | { readonly kind: "route"; readonly peerId: DeviceId; readonly route: Route }
  /** `until`: on the clock that both threads can tell, milliseconds since the epoch that never step. */
  | { readonly kind: "proven"; readonly peerId: DeviceId; readonly until: number }
  | { readonly kind: "path-mtu"; readonly peerId: DeviceId; readonly bytes: number }
  | { readonly kind: "open-socket"; readonly id: SocketId; readonly family: 4 | 6 }
  | { readonly kind: "close-socket"; readonly id: SocketId }
  | {
      readonly kind: "datagram";
      readonly socket: SocketId;
      readonly to: Endpoint;
      readonly bytes: Uint8Array;
      readonly options: SendOptions;
    }
  | { readonly kind: "relay"; readonly peerId: DeviceId; readonly bytes: Uint8Array }
  | ({ readonly kind: "ping" } & PingRequest)
  | { readonly kind: "stop" };

export type PingRequest = {
  readonly ping: number;
  readonly peerId: DeviceId;
  readonly seq: number;
  readonly timeoutMs: number;
};

export type ToMain =
  | { readonly kind: "ready"; readonly ready: Ready }
  | { readonly kind: "refused"; readonly refusal: DatapathRefusal }
  | { readonly kind: "datagram"; readonly socket: SocketId; readonly from: Endpoint; readonly bytes: Uint8Array }
  | { readonly kind: "relay"; readonly peerId: DeviceId; readonly bytes: Uint8Array }
  | { readonly kind: "traffic"; readonly peerId: DeviceId }
  | { readonly kind: "data-received"; readonly peerId: DeviceId; readonly via: Via }
  | { readonly kind: "timestamps"; readonly timestamps: PeerTimestamps }
  | { readonly kind: "socket"; readonly id: SocketId; readonly port: number | null }
  | { readonly kind: "pong"; readonly ping: number; readonly reply: PingReply | "timeout" }
  | { readonly kind: "error"; readonly code: DatapathErrorCode; readonly words: string };

export type Ready = {
  readonly sockets: readonly DatapathSocket[];
  readonly tunName: string | null;
  readonly description: string;
  /** What the main thread writes to, to end the worker's sleep, and closes after the worker; null where the worker hears messages by itself. */
  readonly wakeFd: number | null;
};

export const WORKER_KIND = "datapath";

export type WorkerInput = {
  readonly kind: typeof WORKER_KIND;
  readonly port: MessagePort;
  readonly shared: SharedCounters;
  readonly nodePrivateKey: Uint8Array;
  readonly udpPort: number;
  readonly tunName: string | null;
  readonly isPortable: boolean;
  readonly timestamps: readonly PeerTimestamps[];
};
