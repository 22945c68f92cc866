/** What a NAT, or a stateful firewall, may be like. Words are those of RFC 4787. */
import type { Direction } from "../packet.ts";
import type { Rate } from "../token-bucket.ts";
import type { AllocationOptions } from "./allocation.ts";

export type Dependence = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

export type NatOptions = {
  /** `none`: a firewall, which filters and translates nothing. */
  readonly mapping: Dependence | "none";
  readonly filtering: Dependence;
  readonly allocation: AllocationOptions;
  /**
   * Linux: a public port serves any number of remote endpoints, one session each, and a session keeps
   * its port unless just that pair of port and remote is taken. Goes with a dependent mapping, whose port it
   * makes the same for all remotes: it looks endpoint-independent until ports clash.
   */
  readonly overload?: boolean;
  /** Of a packet from inside to one of our own public endpoints: whether it comes back in, and with which source. */
  readonly hairpin?: "none" | "internal-source" | "external-source";
  readonly timeouts?: NatTimeouts;
  /** Which packets keep a session and its mapping alive. */
  readonly refresh?: Direction | "both";
  readonly limits?: NatLimits;
  readonly unsolicited?: Unsolicited;
  /** Whether an ICMP time-exceeded from outside ends the mapping that it quotes, against RFC 5508. */
  readonly timeExceededKills?: boolean;
  /** With several public addresses: one for each host, or any for each mapping. */
  readonly pooling?: "paired" | "arbitrary";
  readonly background?: BackgroundOptions;
  /** Deep inspection: what this says true of is dropped. */
  readonly dropsPayload?: (bytes: Uint8Array, direction: Direction) => boolean;
  readonly dropsFragments?: boolean;
  readonly blocksUdp?: boolean;
};

/** After how long without a packet that refreshes, see {@link NatOptions.refresh}. */
export type NatTimeouts = {
  /** A session in which packets went one way only. */
  readonly unrepliedMs: number;
  /** A session with packets both ways. */
  readonly assuredMs: number;
  /** A mapping, whatever its sessions do. Without, it lives as long as the last of them. */
  readonly mappingMs?: number;
  /** A mapping ends at this age however busy it is. */
  readonly absoluteMs?: number;
};

export type NatLimits = {
  readonly maxSessions?: number;
  readonly whenFull?: "drop-new" | "evict-oldest" | "reboot";
  readonly sessionsPerHost?: number;
  readonly newMappings?: Rate;
};

/** What happens to a packet from outside that nobody asked for. */
export type Unsolicited =
  | { readonly kind: "drop" }
  /** With an ICMP error. */
  | { readonly kind: "reject" }
  /**
   * It makes a session of its own with the NAT itself (`forMs` from the last such packet), as Linux does when
   * it accepts packets to itself: whoever inside later sends to that stranger leaves from another port.
   */
  | { readonly kind: "confirm"; readonly forMs: number }
  /** Nothing from that address gets in for a while. */
  | { readonly kind: "blacklist"; readonly forMs: number };

/** Ports that other hosts take. */
export type BackgroundOptions = {
  /** After each of our allocations another one follows with this chance, and again: 0.2 is one foreign in five. */
  readonly share?: number;
  /** A Poisson process. */
  readonly perSecond?: number;
};

/** What consumer routers do (Linux's defaults), and RFC 4787's minimum of two minutes once both have spoken. */
export const DEFAULT_TIMEOUTS: NatTimeouts = { unrepliedMs: 30_000, assuredMs: 120_000 };
