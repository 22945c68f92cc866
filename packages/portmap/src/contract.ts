/** What a gateway is asked for, what it grants, and what a {@link PortMapper} needs of the world. */
import type { Endpoint, Prefix, Result } from "@pinhole/protocol/net";
import type { Procedure } from "./procedure.ts";

/** In the order of preference: what is simpler to ask and tells more of itself comes first. */
export const PROTOCOLS = ["pcp", "nat-pmp", "igd2", "igd1"] as const;
export type ProtocolName = (typeof PROTOCOLS)[number];

/** The way out of this machine, over one address family. */
export type GatewayNetwork = {
  /** Canonical, without a zone: whoever sends to a link-local address knows the interface. */
  readonly gateway: string;
  /** Our UDP socket as the gateway sees it: an address of ours that it can reach, never `0.0.0.0`. */
  readonly local: Endpoint;
  /** Prefixes of the interface: nobody else is believed to be a gateway. */
  readonly onLink: readonly Prefix[];
};

export type Wish = {
  /** Any other will do. */
  readonly externalPort: number;
  readonly lifetimeS: number;
  /** What is held already and shall go on. */
  readonly held?: Lease | undefined;
};

export type Lease = {
  /** The gateway's word: behind a second NAT it is an address of that one's inside. */
  readonly external: Endpoint;
  /** Null: until it is deleted. */
  readonly lifetimeMs: number | null;
  /** Names a pinhole of an IPv6 firewall. */
  readonly pinholeId?: number | undefined;
};

export type RefusalCode =
  /** The gateway speaks the protocol and may not, or will not, do it for us. */
  | "not-authorized"
  /** Another NAT stands between us and the gateway. */
  | "address-mismatch"
  | "out-of-resources"
  /** The gateway has no address of its own outside. */
  | "network-failure"
  | "wrong-internal-port"
  /** Offered, and then no answer. */
  | "silent"
  | "failed";

export type Refusal = {
  readonly code: RefusalCode;
  /** How long the gateway says that this will stay so. */
  readonly retryAfterMs?: number | undefined;
};

/** `gone`: the gateway knows nothing of the lease any more, or cannot be trusted to. */
export type CheckOutcome = "holds" | "gone" | "silent";

/** One way of asking one gateway. */
export interface MappingProtocol {
  readonly name: ProtocolName;
  /** Asks for a lease, or for more time for the one that is held. */
  map(wish: Wish): Procedure<Result<Lease, Refusal>>;
  check(lease: Lease): Procedure<CheckOutcome>;
  unmap(lease: Lease): Procedure<void>;
}

export type HttpTarget = { readonly address: string; readonly port: number; readonly path: string };

export type HttpRequest = {
  readonly to: HttpTarget;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** `undefined` where a question was asked: no answer, none in time, or one that was too long. */
export type HttpAnswer = { readonly status: number; readonly body: string };

/** No description of a gateway comes near it. */
export const MAX_HTTP_BODY_BYTES = 65_536;
export const HTTP_TIMEOUT_MS = 4_000;

export type MapperState = "searching" | "none" | "refused" | "mapped";

export type MapperSnapshot = {
  readonly state: MapperState;
  /** What the gateway speaks, best first. */
  readonly offers: readonly ProtocolName[];
  readonly mapping: HeldMapping | undefined;
  /** Why there is none, of the last that was asked. */
  readonly refusal: RefusalCode | "unreachable" | undefined;
};

export type HeldMapping = {
  readonly protocol: ProtocolName;
  readonly external: Endpoint;
  readonly isPermanent: boolean;
  /** Grows each time the gateway grants it, anew or again: what was known of it from outside holds for one grant. */
  readonly revision: number;
};

export type PortMapperEffects = {
  /** From one socket, to which the answers come back. */
  readonly sendDatagram: (to: Endpoint, bytes: Uint8Array) => void;
  /** Without redirects, with no more than 64 KiB of an answer, which comes back through `onHttp`. */
  readonly sendHttp: (id: number, request: HttpRequest) => void;
  /** Another {@link PortMapper.snapshot}. */
  readonly onChange: () => void;
};

export type PortMapperOptions = {
  readonly network: GatewayNetwork;
  /** Of PCP: the same for as long as the device lives, or what an earlier run left behind cannot be taken over. */
  readonly nonce: Uint8Array;
  /** @default the local port */
  readonly externalPort?: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly effects: PortMapperEffects;
};
